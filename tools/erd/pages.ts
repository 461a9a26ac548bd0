import { mermaid } from './mermaid.js';
import {
  domainsOf,
  keysOnly,
  type Relation,
  type Schema,
  schemaOfDomain,
  type Table,
} from './schema-model.js';

const generated =
  '<!-- Generated from the entities by `npm run db:erd`; changes made here are overwritten. -->';

/** The page with the whole schema. */
export function overviewPage(schema: Schema): string {
  const domains = domainsOf(schema);
  const names = (domain: string) =>
    ofDomain(schema, domain)
      .map(({ name }) => `\`${name}\``)
      .join(', ');
  return page([
    '# Entity-relationship diagrams',
    generated,
    `${schema.tables.length} tables and ${schema.relations.length} foreign keys. Here are the keys of all tables; each domain's page has its tables with every column.`,
    '[![The whole schema](schema.svg)](schema.svg)',
    [
      '| domain | tables |',
      '| --- | --- |',
      ...domains.map((domain) => `| [${domain}](${domain}.md) | ${names(domain)} |`),
    ].join('\n'),
    'The same in Mermaid:',
    mermaid(keysOnly(schema)),
  ]);
}

/** The page of one domain. */
export function domainPage(schema: Schema, domain: string): string {
  const excerpt = schemaOfDomain(schema, domain);
  const own = new Set(ofDomain(schema, domain).map(({ name }) => name));
  const incoming = schema.relations.filter(
    ({ parent, child }) => own.has(parent) && !own.has(child),
  );
  return page([
    `# ${domain}: entity-relationship diagram`,
    generated,
    '[All domains](README.md)',
    `[![The tables of ${domain}](${domain}.svg)](${domain}.svg)`,
    '## Refers to',
    relationTable(excerpt.relations),
    '## Referred to by other domains',
    relationTable(incoming),
    '## In Mermaid',
    mermaid(excerpt),
  ]);
}

function relationTable(relations: readonly Relation[]): string {
  if (relations.length === 0) return 'Nothing.';
  return [
    '| column | refers to | may be null | one at most | on delete |',
    '| --- | --- | --- | --- | --- |',
    ...relations.map(
      (r) =>
        `| \`${r.child}.${r.childColumn}\` | \`${r.parent}.${r.parentColumn}\` | ${yesNo(r.isOptional)} | ${yesNo(r.isOneToOne)} | \`${r.onDelete}\` |`,
    ),
  ].join('\n');
}

function ofDomain({ tables }: Schema, domain: string): Table[] {
  return tables.filter((table) => table.domain === domain);
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no';
}

function page(parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`;
}
