import type { INestApplicationContext } from '@nestjs/common';
import pg from 'pg';
import { singr } from '../package-under-test.js';
import { addPeople, singerId, unaudited, userId, venueId } from '../data/fixtures.js';
import { noMore, within, type Figure } from '../figure.js';
import { interleaved, medians } from '../measure.js';
import { dataSourceOf, startModule } from '../peers/module.js';
import type { Context, Row } from '../row.js';

const historyOfRecord = 'the history of a record';

export const growthRow: Row = {
  number: 6,
  title: 'Growth of the audit trail',
  about:
    'Two databases that differ in the length of their audit trail alone. The long one is of one month, and so in one partition: the worst case. Each work is done in both in turn, through the module.',
  async run(context) {
    const { size, databases } = context;
    const sizes = [10_000, size(10_000_000, 100_000)];
    const small = await prepare(context, 'growth_small', sizes[0]!);
    const large = await prepare(context, 'growth_large', sizes[1]!);

    const figures: Figure[] = [];
    for (const [work, limit, times, act] of works) {
      const repeat = (app: INestApplicationContext) => async () => {
        const count = size(times, 3);
        const start = performance.now();
        for (let n = 0; n < count; n++) await act(app, n);
        return (performance.now() - start) / count;
      };
      const values = medians(
        await interleaved(size(9, 1), { small: repeat(small.app), large: repeat(large.app) }),
      );
      figures.push({
        work,
        unit: 'ms',
        values: {
          [`${sizes[0]} audit rows`]: values.small,
          [`module, ${sizes[1]} audit rows`]: values.large,
        },
        targets: [
          noMore('the same in a short trail', values.large, values.small, limit),
          ...(work === historyOfRecord ? [within('in the long trail', values.large, 10)] : []),
        ],
      });
    }
    for (const { app, url } of [small, large]) {
      await app.close();
      await databases.drop(url);
    }
    return { figures };
  },
};

type Work = readonly [
  name: string,
  limit: number,
  times: number,
  act: (app: INestApplicationContext, n: number) => Promise<unknown>,
];

const works: readonly Work[] = [
  [
    'an audited INSERT of one row',
    1.2,
    200,
    (app, n) =>
      singr.ActorContext.run({ userId: userId(n % 20) }, () =>
        dataSourceOf(app).getRepository(singr.Request).insert(request(n)),
      ),
  ],
  [
    'an audited UPDATE of one row',
    1.2,
    200,
    (app, n) =>
      singr.ActorContext.run({ userId: userId(n % 20) }, () =>
        dataSourceOf(app)
          .getRepository(singr.Venue)
          .update({ id: venueId(n % 20) }, { name: `Venue ${performance.now()}` }),
      ),
  ],
  [
    historyOfRecord,
    1.2,
    100,
    (app, n) =>
      app.get(singr.AuditService).history({ table: 'requests', id: String(1_000_000 + n * 9) }),
  ],
  [
    'what a user did last',
    1.2,
    100,
    (app, n) =>
      app
        .get(singr.AuditService)
        .history({ actor: { userId: userId(1000 + (n % 100)) }, limit: 10 }),
  ],
  [
    'what a request wrote',
    1.2,
    100,
    (app, n) => app.get(singr.AuditService).history({ requestId: `request-${1 + n * 90}` }),
  ],
  [
    'what a transaction wrote',
    1.2,
    100,
    (app, n) => app.get(singr.AuditService).history({ transactionId: String(1 + n * 90) }),
  ],
  ['the newest entries', 1.2, 100, (app) => app.get(singr.AuditService).history({ limit: 50 })],
];

function request(n: number) {
  return {
    venueId: venueId(n % 20),
    singerProfileId: singerId(n % 20),
    artist: 'Queen',
    title: `Bohemian Rhapsody ${n}`,
  };
}

async function prepare({ databases, say }: Context, name: string, entries: number) {
  const url = await databases.create(name);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await addPeople(client, 20);
  await withoutIndexes(client, () => unaudited(client, () => fill(client, entries)));
  await client.query('VACUUM ANALYZE audit_logs');
  await client.end();
  say(`${entries} audit rows`);
  return { url, app: await startModule(url) };
}

/** Ten entries per record and a hundred per user, in both trails, since the beginning of the month. */
function fill(client: pg.Client, entries: number): Promise<unknown> {
  return client.query(
    `INSERT INTO audit_logs (table_name, record_id, user_id, operation, old_data, new_data, changed_columns,
                             created_at, transaction_id, request_id, route, database_role)
     SELECT 'requests', (1000000 + n % ${Math.max(1, Math.floor(entries / 10))})::text,
       ('00000001-0000-4000-8000-' || lpad((1000 + n % ${Math.max(1, Math.floor(entries / 100))})::text, 12, '0'))::uuid,
       'UPDATE', row_image.image, row_image.image, ARRAY['processed'],
       now() - (now() - date_trunc('month', now())) * (${entries} - n) / ${entries}, n, 'request-' || n, 'PATCH /requests/:id',
       'app'
     FROM generate_series(1, ${entries}) n
     CROSS JOIN LATERAL (
       SELECT jsonb_build_object('requests_id', n, 'venues_id', '00000004-0000-4000-8000-000000000000',
         'artist', 'Queen', 'title', 'Bohemian Rhapsody ' || n, 'processed', false, 'key_change', 0) AS image
     ) AS row_image`,
  );
}

/** Drops the trail's indexes while it is filled, because creating them afterwards is faster. */
async function withoutIndexes(client: pg.Client, work: () => Promise<unknown>): Promise<void> {
  const { rows: constraints } = await client.query<{ name: string; sql: string }>(
    `SELECT conname AS name, pg_get_constraintdef(oid) AS sql FROM pg_constraint
     WHERE conrelid = 'public.audit_logs'::regclass AND contype IN ('p', 'u')`,
  );
  const { rows: indexes } = await client.query<{ name: string; sql: string }>(
    `SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS sql
     FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     WHERE i.indrelid = 'public.audit_logs'::regclass
       AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)`,
  );
  for (const { name } of constraints) {
    await client.query(`ALTER TABLE audit_logs DROP CONSTRAINT ${name}`);
  }
  for (const { name } of indexes) await client.query(`DROP INDEX ${name}`);
  await work();
  await client.query(`SET maintenance_work_mem = '1GB'`);
  for (const { name, sql } of constraints) {
    await client.query(`ALTER TABLE audit_logs ADD CONSTRAINT ${name} ${sql}`);
  }
  // The definition of a partitioned table's index says ONLY, but its partitions need the index too.
  for (const { sql } of indexes) await client.query(sql.replace(' ON ONLY ', ' ON '));
}
