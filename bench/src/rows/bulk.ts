import { readFileSync } from 'node:fs';
import pg from 'pg';
import { addPeople, customerId, unaudited, userId } from '../data/fixtures.js';
import { columnsOf } from '../data/load-songs.js';
import { songs } from '../data/songs.js';
import { faster, type Figure } from '../figure.js';
import { interleaved, medians } from '../measure.js';
import type { Row } from '../row.js';

const documentTrigger = readFileSync(
  new URL('../peers/document-trigger.sql', import.meta.url),
  'utf8',
);

/** Each schema has the table, with different triggers. */
const variants = {
  'no audit': { schema: 'plain', trail: undefined },
  document: { schema: 'document', trail: 'document.audit_logs' },
  module: { schema: 'ours', trail: 'public.audit_logs' },
} as const;

type Variant = keyof typeof variants;

export const bulkRow: Row = {
  number: 2,
  title: 'What the audit trail adds to a write',
  about:
    'Rows of `songdb`, with the indexes that the document gives it, written by statements of 100,000 rows and of one row. `document` is the document’s trigger with its faults mended and its own `audit_logs`; `module` records besides the transaction, request, route, role, changed columns and a sequence, and redacts.',
  async run({ databases, size }) {
    const url = await databases.create('bulk');
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await addPeople(client, 1);
    await client.query(documentTrigger);
    await client.query(tables);

    const many = size(100_000, 2000);
    await client.query(source, columnsOf(songs(many)));
    const single = size(2000, 50);
    const figures: Figure[] = [];
    for (const [work, reset, statements, limits] of [
      [`statements of ${many} rows`, 0, statementsOf(many), [1.5, 1.2, 1.5]],
      [`${single} statements of one row`, 10_000, oneByOne(single), [0.95, 0.95, 0.95]],
    ] as const) {
      const samples = await operations(client, size(5, 1), reset, statements);
      (['insert', 'update', 'delete'] as const).forEach((operation, place) => {
        const times = medians(samples[operation]);
        figures.push({
          work: `${operation}, ${work}`,
          unit: 'ms',
          values: times,
          targets: [faster('document', times.module, times.document, limits[place]!)],
        });
      });
    }
    await client.end();
    await databases.drop(url);
    return { figures };
  },
};

interface Statements {
  insert(client: pg.Client, table: string): Promise<unknown>;
  update(client: pg.Client, table: string): Promise<unknown>;
  delete(client: pg.Client, table: string): Promise<unknown>;
}

/** Inserts, updates and deletes rows in each variant in turn. The trails are empty at the beginning. */
async function operations(
  client: pg.Client,
  rounds: number,
  rowsThere: number,
  statements: Statements,
) {
  const samples = { insert: noSamples(), update: noSamples(), delete: noSamples() };
  const run = async (variant: Variant) => {
    const { schema, trail } = variants[variant];
    const table = `${schema}.songdb`;
    await unaudited(client, async () => {
      await client.query(`TRUNCATE ${trail === undefined ? table : `${table}, ${trail}`}`);
      if (rowsThere > 0) await insertRows(client, table, 1, rowsThere);
    });
    await client.query(`VACUUM ANALYZE ${table}`);
    for (const operation of ['insert', 'update', 'delete'] as const) {
      await client.query('BEGIN');
      await client.query(actor, [userId(0)]);
      const start = performance.now();
      await statements[operation](client, table);
      await client.query('COMMIT');
      samples[operation][variant].push(performance.now() - start);
      await client.query(`ANALYZE ${table}`);
    }
  };
  await interleaved(rounds, {
    'no audit': () => run('no audit'),
    document: () => run('document'),
    module: () => run('module'),
  });
  // The warm-up round.
  for (const byVariant of Object.values(samples)) {
    for (const times of Object.values(byVariant)) times.shift();
  }
  return samples;
}

function noSamples(): Record<Variant, number[]> {
  return { 'no audit': [], document: [], module: [] };
}

const actor = `SELECT set_config('app.current_user_id', $1, true), set_config('app.actor_name', '', true),
  set_config('app.request_id', 'f4c1a2de', true), set_config('app.route', 'POST /songs', true)`;

const columns =
  '(customer_profiles_id, openkj_system_id, artist, title, combined, normalized_combined)';

/** Realistic songs in random order, so that they go into all parts of an index. */
const source = `
  CREATE TEMPORARY TABLE source AS
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY
    AS song (artist, title, combined, normalized, n)`;

function insertRows(client: pg.Client, table: string, system: number, count: number) {
  return client.query(
    `INSERT INTO ${table} ${columns}
     SELECT '${customerId(0)}', ${system}, artist, title, combined, normalized
     FROM source WHERE n <= ${count}`,
  );
}

function statementsOf(count: number): Statements {
  return {
    insert: (client, table) => insertRows(client, table, 2, count),
    update: (client, table) => client.query(`UPDATE ${table} SET title = title || '!'`),
    delete: (client, table) => client.query(`DELETE FROM ${table}`),
  };
}

/** Prepared once, to leave out planning, and in one transaction, to leave out the disk. */
function oneByOne(count: number): Statements {
  const each = async (
    client: pg.Client,
    name: string,
    text: string,
    values: (n: number) => unknown[],
  ) => {
    for (let n = 0; n < count; n++) await client.query({ name, text, values: values(n) });
  };
  const inserted = `customer_profiles_id = '${customerId(0)}' AND openkj_system_id = 2
    AND normalized_combined = 'artist - song ' || $1`;
  return {
    insert: (client, table) =>
      each(
        client,
        `insert ${table}`,
        `INSERT INTO ${table} ${columns}
         VALUES ('${customerId(0)}', 2, 'Artist', 'Song ' || $1, 'Artist - Song ' || $1, 'artist - song ' || $1)`,
        (n) => [String(n)],
      ),
    update: (client, table) =>
      each(
        client,
        `update ${table}`,
        `UPDATE ${table} SET title = title || '!' WHERE ${inserted}`,
        (n) => [String(n)],
      ),
    delete: (client, table) =>
      each(client, `delete ${table}`, `DELETE FROM ${table} WHERE ${inserted}`, (n) => [String(n)]),
  };
}

const tables = `
  CREATE SCHEMA plain;
  CREATE SCHEMA ours;
  DO $$
  DECLARE place text;
  BEGIN
    FOREACH place IN ARRAY ARRAY['plain', 'document', 'ours'] LOOP
      EXECUTE format('CREATE TABLE %I.songdb (LIKE public.songdb INCLUDING DEFAULTS)', place);
      EXECUTE format('ALTER TABLE %I.songdb
        ADD PRIMARY KEY (songdb_id),
        ADD UNIQUE (customer_profiles_id, openkj_system_id, combined),
        ADD UNIQUE (customer_profiles_id, openkj_system_id, normalized_combined),
        ADD FOREIGN KEY (customer_profiles_id) REFERENCES public.customer_profiles
          ON DELETE CASCADE ON UPDATE CASCADE', place);
      EXECUTE format('CREATE INDEX ON %I.songdb (customer_profiles_id, openkj_system_id, artist)', place);
    END LOOP;
  END $$;
  CREATE TRIGGER songdb_set_updated_at BEFORE UPDATE ON plain.songdb
    FOR EACH ROW EXECUTE FUNCTION document.set_updated_at();
  CREATE TRIGGER songdb_set_updated_at BEFORE UPDATE ON document.songdb
    FOR EACH ROW EXECUTE FUNCTION document.set_updated_at();
  CREATE TRIGGER songdb_set_updated_at BEFORE UPDATE ON ours.songdb
    FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
  CREATE TRIGGER songdb_audit AFTER INSERT OR UPDATE OR DELETE ON document.songdb
    FOR EACH ROW EXECUTE FUNCTION document.record_audit('songdb_id');
  SELECT audit.attach('ours.songdb');
`;
