import { ActorContext, User, Venue, type HistoryQuery } from '@singr/database';
import { failure } from '../../support/scripted-app.js';
import { ann, bob, userId } from '../../support/people.js';
import { useDatabase } from '../../support/database.js';
import { useTrail, type Planted } from './trail-app.js';
import { OwnTable } from './own-table.js';

describe('the history by what changed', () => {
  const database = useDatabase();
  const trail = useTrail(database);
  let planted: Planted;

  beforeAll(async () => {
    planted = await trail.plant();
    await OwnTable.create(
      trail,
      'machines',
      `(id int PRIMARY KEY, name text, size int, price numeric(10, 2), serial bigint, is_on boolean,
        made_at timestamptz, settings jsonb, tags text[], secret text)`,
      { redact: ['secret'] },
    );
    const write = (statement: string, settings: Record<string, string> = {}) =>
      trail.write((client) => client.query(statement), settings);
    const by = (user: string, more = {}) => ({ 'app.current_user_id': user, ...more });
    await write(
      `INSERT INTO machines VALUES (1, 'one', 5, 9.90, 9007199254740993, false, '2026-01-01T00:00:00.5Z',
         '{"a": {"b": 1}, "c": [1]}', '{x,y}', 'hidden')`,
      by(ann),
    );
    await write(`UPDATE machines SET name = 'two', size = 6`, by(bob, { 'app.on_behalf_of': ann }));
    await write(`UPDATE machines SET size = 7, is_on = true`, {
      'app.actor_name': 'job',
      'app.on_behalf_of': ann,
      'app.reason': 'monthly',
      'app.context': '{"ticket": "4711", "step": 2}',
    });
    await write(
      `UPDATE machines SET secret = 'other', settings = '{"a": {"b": 2}, "c": [1, 5]}'`,
      by(bob),
    );
    await write(`DELETE FROM machines`, by(userId(3), { 'app.reason': 'é'.repeat(1000) }));
  });

  const entries = async (query: HistoryQuery) =>
    (await trail.audit.history({ table: 'machines', order: 'oldest', ...query })).entries;
  /** The numbers of the matching entries, in the order above. */
  const numbers = async (query: HistoryQuery) => {
    const all = (await entries({})).map(({ sequence }) => sequence);
    return (await entries(query)).map(({ sequence }) => all.indexOf(sequence));
  };

  it.each<[HistoryQuery, number[]]>([
    [{ changed: 'name' }, [0, 1, 4]],
    [{ changed: ['is_on', 'secret'] }, [0, 2, 3, 4]],
    [{ changed: 'secret', operations: ['UPDATE'] }, [3]],
    [{ before: { name: 'one' } }, [1]],
    [{ before: { size: 6 } }, [2]],
    [{ before: { size: '6' } }, [2]],
    [{ after: { size: 7 } }, [2]],
    [{ after: { is_on: true } }, [2]],
    [{ after: { is_on: 'true' } }, [2]],
    [{ before: { size: 5 }, after: { name: 'two' } }, [1]],
    [{ after: { price: '9.9' } }, [0]],
    [{ after: { price: 9.9 } }, [0]],
    [{ after: { serial: '9007199254740993' } }, [0]],
    [{ after: { serial: 9007199254740993n } }, [0]],
    [{ after: { serial: '9007199254740992' } }, []],
    [{ after: { made_at: new Date('2026-01-01T00:00:00.500Z') } }, [0]],
    [{ after: { settings: { c: [1], a: { b: 1 } } } }, [0]],
    [{ after: { tags: ['x', 'y'] } }, [0]],
    [{ before: { name: 'two' } }, [4]],
    [{ before: { name: null } }, []],
    [{ actor: [{ userId: bob }, { name: 'job' }] }, [1, 2, 3]],
    [{ actor: [{ userId: ann }, { userId: bob }] }, [0, 1, 3]],
    [{ actor: { userId: bob, onBehalfOf: { userId: ann } } }, [1]],
    [{ onBehalfOf: { userId: ann } }, [1, 2]],
    [{ onBehalfOf: { userId: ann }, changed: 'is_on' }, [2]],
    [{ reason: 'monthly' }, [2]],
    [{ reason: 'month' }, []],
    [{ reason: 'é'.repeat(500) }, [4]],
    [{ reason: 'é'.repeat(499) }, []],
    [{ context: { ticket: '4711' } }, [2]],
    [{ context: { ticket: '4711', step: 3 } }, []],
    [{ changed: 'size', id: '1', actor: { name: 'job' } }, [2]],
  ])('finds %j', async (query, expected) => {
    expect(await numbers(query)).toEqual(expected);
  });

  it('finds columns by the names of properties', async () => {
    const id = planted.value('venues', 'venues_id');
    await trail.run(`UPDATE venues SET url_name = 'new-name' WHERE venues_id = $1`, [id]);
    for (const name of ['urlName', 'url_name']) {
      const query = { entity: Venue, id, changed: name, after: { [name]: 'new-name' } };
      expect((await trail.audit.history(query)).entries).toHaveLength(1);
    }
  });

  it('finds columns that were renamed, under both names’ entries', async () => {
    await trail.run(`INSERT INTO machines (id, name) VALUES (2, 'first')`);
    await trail.run(`SELECT audit.rename_column('machines', 'name', 'label')`);
    await trail.run(`UPDATE machines SET label = 'second' WHERE id = 2`);
    expect(await entries({ id: '2', changed: 'label' })).toHaveLength(2);
    expect(await entries({ id: '2', after: { label: 'first' } })).toHaveLength(1);
    await trail.run(`SELECT audit.rename_column('machines', 'label', 'name')`);
  });

  it('shows changes within jsonb and arrays as paths, and not those of redacted columns', async () => {
    const [entry] = await entries({ changed: 'secret', operations: ['UPDATE'] });
    expect(entry!.changes.map(({ column, paths }) => [column, paths])).toEqual([
      [
        'settings',
        [
          { path: '$.a.b', from: 1, to: 2 },
          { path: '$.c[1]', to: 5 },
        ],
      ],
      ['secret', undefined],
    ]);
  });

  it.each<[string, HistoryQuery, RegExp]>([
    ['a column without a table', { table: undefined, changed: 'name' }, /undefined/],
    ['a column that is not there', { changed: 'nam' }, /has no column "nam"/],
    ['no column', { changed: [] }, /at least one/],
    ['no actor', { actor: [] }, /at least one/],
    [
      'a value that is not kept',
      { after: { secret: 'other' } },
      /does not keep values of "secret"/,
    ],
    ['an undefined value', { after: { name: undefined } }, /is undefined/],
    ['a number that is none', { after: { serial: 'many' } }, /is a number/],
    ['a NUL', { after: { name: 'a\0b' } }, /NUL/],
    ['a subject without id', { onBehalfOf: {} as never }, /onBehalfOf/],
  ])('refuses %s', async (_what, query, message) => {
    expect((await failure(entries(query))).message).toMatch(message);
  });

  it('refuses a column of all tables', async () => {
    const error = await failure(trail.audit.history({ changed: 'name' }));
    expect(error).toMatchObject({ code: 'INVALID_HISTORY_QUERY' });
  });

  it('looks at a part of a long trail, and continues with the cursor', async () => {
    // As if a hundred thousand entries had come in between.
    const skip = `SELECT setval(pg_get_serial_sequence('audit_logs', 'sequence'), nextval(pg_get_serial_sequence('audit_logs', 'sequence')) + 250000)`;
    await trail.client.query(skip);
    await ActorContext.run({ name: 'later' }, () =>
      trail.dataSource
        .getRepository(User)
        .update(planted.value('users', 'users_id'), { name: 'A' }),
    );
    for (const order of ['newest', 'oldest'] as const) {
      const found: string[] = [];
      let pages = 0;
      let cursor: string | undefined;
      do {
        const query = { table: 'machines', operations: ['DELETE'], order };
        const page = await trail.audit.history(cursor === undefined ? query : { ...query, cursor });
        found.push(...page.entries.map(({ operation }) => operation));
        cursor = page.nextCursor ?? undefined;
        pages++;
      } while (cursor !== undefined);
      expect({ order, found, pages }).toEqual({ order, found: ['DELETE'], pages: 3 });
    }
    // What an index finds needs no second page.
    const { nextCursor } = await trail.audit.history({ actor: { userId: ann } });
    expect(nextCursor).toBeNull();
  });
});
