/** An application that the package must work in. */
export interface Application {
  readonly name: string;
  /** The folders in `templates/` that it is made of; files of a later one replace those of an earlier. */
  readonly templates: readonly string[];
  /** What to start, once it is built. */
  readonly main: string;
  /** A bundle does not have the file that the embedded engine's thread runs. */
  readonly needsServer?: boolean;
  /** Whether it runs on the embedded engine as well, as a newcomer’s does, where there is a server. */
  readonly embeddedToo?: boolean;
  /** Whether it has a second data source, and tables of its own. */
  readonly ownTables?: boolean;
  /** Whether it has the engine alone, with users of its own, and no demo data to work on. */
  readonly core?: boolean;
  /** Whether it has the audit page. */
  readonly auditPage?: boolean;
  /** What installs it. Default: npm. */
  readonly packageManager?: 'pnpm';
}

export const applications: readonly Application[] = [
  { name: 'nest11-commonjs', templates: ['nest11-commonjs'], main: 'dist/main.js' },
  {
    name: 'nest11-pnpm',
    templates: ['nest11-commonjs'],
    main: 'dist/main.js',
    packageManager: 'pnpm',
  },
  {
    name: 'nest12-express',
    templates: ['nest12-base', 'nest12'],
    main: 'dist/main.js',
    embeddedToo: true,
    auditPage: true,
  },
  {
    name: 'nest12-fastify',
    templates: ['nest12-base', 'nest12', 'nest12-fastify'],
    main: 'dist/main.js',
    auditPage: true,
  },
  {
    name: 'monorepo',
    templates: ['monorepo'],
    main: 'apps/api/dist/main.js',
    needsServer: true,
  },
  {
    name: 'own-tables',
    templates: ['nest12-base', 'nest12', 'own-tables'],
    main: 'dist/main.js',
    ownTables: true,
  },
  {
    name: 'core',
    templates: ['nest12-base', 'core'],
    main: 'dist/main.js',
    embeddedToo: true,
    core: true,
    auditPage: true,
  },
];
