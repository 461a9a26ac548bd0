/** An object of the schema, described in SQL. */
export interface SchemaObject {
  /** Its kind and name, such as `table public.users`. */
  readonly title: string;
  readonly definition: string;
}

const header =
  '-- The schema that the migrations create, as the database describes it. Generated: npm run db:migrate:dev.\n' +
  '-- `npm run db:check` compares it with a database. It is not meant to be run.\n';

/** The start of the line with the title of an object. No other line starts like this. */
const titleMark = '---- ';

export function formatSchema(objects: readonly SchemaObject[]): string {
  const sections = objects.map(
    ({ title, definition }) => `${titleMark}${title}\n${definition.trim()}\n`,
  );
  return [header, ...sections].join('\n');
}

export function parseSchema(text: string): SchemaObject[] {
  return text
    .split(new RegExp(`^${titleMark}`, 'm'))
    .slice(1)
    .map((section) => {
      const end = section.indexOf('\n');
      return { title: section.slice(0, end), definition: section.slice(end + 1).trim() };
    });
}
