import { type Application, Comment, Converter } from 'typedoc';

interface Page {
  readonly name: string;
  readonly description: string;
}

/** The pages of the reference, by their entry points. */
const pages: Readonly<Record<string, Page>> = {
  core: {
    name: 'engine',
    description:
      'Connection, actors, transactions and audit trail, for applications with any tables. `@singr/database/core` exports this alone.',
  },
  'audit-page': {
    name: 'audit-page',
    description:
      'The audit page: reading the trail and undoing changes in a browser. `@singr/database/audit-page` exports it.',
  },
  'domains/identity': {
    name: 'identity',
    description: 'Users, their passwords and sessions, roles and permissions.',
  },
  'domains/billing': { name: 'billing', description: 'The mirror of Stripe, and its webhook.' },
  'domains/organizations': {
    name: 'organizations',
    description: 'Members of a customer’s organization, and API keys.',
  },
  'domains/keys': {
    name: 'keys',
    description: 'What API keys and the keys of white-label apps have in common.',
  },
  'domains/venues': { name: 'venues', description: 'Venues and their karaoke systems.' },
  'domains/songs': { name: 'songs', description: 'Song catalogues: search and import.' },
  'domains/requests': {
    name: 'requests',
    description: 'Singers’ requests, favorites and history.',
  },
  'domains/branding': {
    name: 'branding',
    description: 'How apps look, and the keys of white-label apps.',
  },
  index: {
    name: 'module',
    description: '`DatabaseModule`, which has the engine and all domains; and the seeds.',
  },
};

/** Gives each module of the project the name and the description of its page. */
export function describePages({ converter }: Application): void {
  converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children ?? []) {
      const page = pages[module.name];
      if (page === undefined) throw new Error(`The entry point ${module.name} has no page.`);
      module.name = page.name;
      module.comment = new Comment([{ kind: 'text', text: page.description }]);
    }
  });
}
