import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { useDatabase } from '../../support/database.js';

const database = useDatabase();
const own = '@singr/database';
const ofPg = '@opentelemetry/instrumentation-pg';

interface Seen {
  readonly spans: readonly {
    readonly name: string;
    readonly scope: string;
    readonly id: string;
    readonly parent?: string;
    readonly attributes: Record<string, unknown>;
  }[];
  readonly measured: readonly string[];
  readonly refusal?: string;
  readonly isOn: boolean;
}

/** Runs a process of an application. */
async function run(mode: 'beside' | 'without'): Promise<Seen> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...['--import', './tools/typescript/register.mjs', 'test/engine/telemetry/process.ts'],
    ...[mode, database.url],
  ]);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Seen;
}

describe('beside @opentelemetry/instrumentation-pg', () => {
  let seen: Seen;
  beforeAll(async () => void (seen = await run('beside')));

  it('each statement has one span, which is that package’s', () => {
    const shown = seen.spans.map(({ scope, name }) => `${scope} ${name.split(' ')[0]}`);
    expect(shown.filter((line) => !line.endsWith(' pg-pool.connect'))).toEqual([
      `${ofPg} pg.query:INSERT`,
      `${ofPg} pg.query:INSERT`,
      `${ofPg} pg.query:UPDATE`,
      `${ofPg} pg.query:COMMIT`,
      `${own} transaction`,
    ]);
  });

  it('its spans are children of the transaction', () => {
    const transaction = seen.spans.at(-1)!;
    const children = seen.spans.filter(({ parent }) => parent === transaction.id);
    expect(children).toHaveLength(3);
    expect(transaction.attributes).toMatchObject({ 'singr.transaction.outcome': 'committed' });
  });

  it('no span has a value of the attribution', () => {
    expect(JSON.stringify(seen.spans)).not.toMatch(/a lone write|a transaction|set_config/);
  });

  it('durations and connections are measured once', () => {
    const measuredBy = (name: string) =>
      seen.measured.filter((line) => line.endsWith(` ${name}`)).map((line) => line.split(' ')[0]);
    expect(measuredBy('db.client.operation.duration')).toEqual([ofPg]);
    expect(measuredBy('db.client.connection.count')).toEqual([ofPg]);
    expect(measuredBy('singr.db.transactions')).toEqual([own]);
  });

  it('each write has its actor, also with the comments that it adds', async () => {
    const entries = await database.query(
      `SELECT actor_name, new_data ->> 'slug' AS slug, operation FROM audit_logs
       WHERE table_name = 'roles' AND new_data ->> 'slug' LIKE 'beside-%' ORDER BY sequence`,
    );
    expect(entries).toEqual([
      { actor_name: 'a lone write', slug: 'beside-1', operation: 'INSERT' },
      { actor_name: 'a transaction', slug: 'beside-2', operation: 'INSERT' },
      { actor_name: 'a transaction', slug: 'beside-2', operation: 'UPDATE' },
    ]);
  });
});

describe('without @opentelemetry/api', () => {
  it('the data source works, shows nothing, and says what is missing when it is asked to', async () => {
    await database.query(`DELETE FROM roles WHERE slug LIKE 'beside-%'`);
    const seen = await run('without');
    expect(seen).toMatchObject({ spans: [], isOn: false });
    expect(seen.refusal).toContain('npm i @opentelemetry/api');
  });
});
