import { draw } from './draw.js';
import { layOut } from './layout.js';
import { domainPage, overviewPage, posterPage } from './pages.js';
import { readSchema } from './read-schema.js';
import { domainsOf, keysOnly, schemaOfDomain } from './schema-model.js';

/** Every file of `docs/erd`, by its name. The same entities give the same bytes. */
export async function generate(): Promise<Map<string, string>> {
  const schema = await readSchema();
  const files = new Map([
    ['README.md', overviewPage(schema)],
    ['schema.md', posterPage(schema)],
    ['schema.svg', draw('The whole schema', await layOut(keysOnly(schema)))],
  ]);
  for (const domain of domainsOf(schema)) {
    files.set(`${domain}.md`, domainPage(schema, domain));
    const layout = await layOut(schemaOfDomain(schema, domain));
    files.set(`${domain}.svg`, draw(`The tables of ${domain}`, layout));
  }
  return files;
}
