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

/** The page with the diagram of each domain. */
export function overviewPage(schema: Schema): string {
  const { tables, relations } = schema;
  return page([
    '# Entity-relationship diagrams',
    generated,
    `${tables.length} tables and ${relations.length} foreign keys. The [poster](schema.md) shows the keys of all tables in one diagram. The page of a domain lists its foreign keys.`,
    ...domainsOf(schema).flatMap((domain) => [
      `## [${domain}](${domain}.md)`,
      `${namesOf(schema, domain)}.`,
      diagram(`The tables of ${domain}`, domain),
    ]),
  ]);
}

/** The page with the whole schema in one diagram. */
export function posterPage(schema: Schema): string {
  return page([
    '# The whole schema',
    generated,
    'Here are the keys of all tables. Open the diagram to see it in its full size. [The domains](README.md) have every column.',
    diagram('The whole schema', 'schema'),
    [
      '| domain | tables |',
      '| --- | --- |',
      ...domainsOf(schema).map(
        (domain) => `| [${domain}](${domain}.md) | ${namesOf(schema, domain)} |`,
      ),
    ].join('\n'),
    '## In Mermaid',
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
    diagram(`The tables of ${domain}`, domain),
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

/** A diagram that opens in its full size. */
function diagram(title: string, file: string): string {
  return `[![${title}](${file}.svg)](${file}.svg)`;
}

function namesOf(schema: Schema, domain: string): string {
  return ofDomain(schema, domain)
    .map(({ name }) => `\`${name}\``)
    .join(', ');
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
