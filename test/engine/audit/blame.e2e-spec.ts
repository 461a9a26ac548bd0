import { ActorContext, Venue, type ColumnBlame } from '@singr/database';
import { useDatabase } from '../../support/database.js';
import { ann, bob, userId } from '../../support/people.js';
import { OwnTable } from './own-table.js';
import { useTrail } from './trail-app.js';

const carol = userId(3);

describe('the blame of a record', () => {
  const database = useDatabase();
  const trail = useTrail(database);
  let count = 0;
  let table: OwnTable;

  beforeEach(async () => {
    table = await OwnTable.create(
      trail,
      `notes_${++count}`,
      '(id int PRIMARY KEY, title text, body text, settings jsonb, secret text)',
      { redact: ['secret'] },
    );
  });

  /** Commits a statement of a user, and returns the sequence of its last entry. */
  const write = async (user: string, statement: string, settings = {}) => {
    await trail.write((client) => client.query(statement.replaceAll('$table', table.sql)), {
      'app.current_user_id': user,
      ...settings,
    });
    const { rows } = await trail.client.query(
      'SELECT sequence::text FROM audit_logs l ORDER BY l.sequence DESC LIMIT 1',
    );
    return rows[0].sequence as string;
  };
  const blame = async (id = '1') => {
    const columns = await trail.audit.blame(table.name, id);
    return Object.fromEntries(columns.map((column) => [column.column, column])) as Record<
      string,
      ColumnBlame
    >;
  };
  /** The user who last set each column. */
  const setters = async (id = '1') =>
    Object.fromEntries(
      Object.entries(await blame(id)).map(([column, { entry }]) => [
        column,
        (entry?.actor as { userId: string } | null)?.userId ?? null,
      ]),
    );
  const undo = (sequence: string, user = carol) =>
    ActorContext.run({ userId: user }, () => trail.audit.undo(sequence, { reason: 'a mistake' }));

  it('names who last set each column, when, why and in which request', async () => {
    const inserted = await write(ann, `INSERT INTO $table VALUES (1, 'a', 'b', '{}', 's')`);
    const updated = await write(bob, `UPDATE $table SET title = 'c', secret = 't'`, {
      'app.request_id': 'request-1',
      'app.route': 'PATCH /notes',
      'app.on_behalf_of': ann,
      'app.reason': 'a typing error',
      'app.context': '{"ticket": "1"}',
    });
    expect(await setters()).toEqual({ id: ann, title: bob, body: ann, settings: ann, secret: bob });
    const { title, body, secret } = await blame();
    expect(title).toEqual({
      column: 'title',
      value: 'c',
      redacted: false,
      entry: {
        sequence: updated,
        at: expect.stringMatching(/^\d{4}-.*\.\d{6}Z$/),
        operation: 'UPDATE',
        actor: { userId: bob, onBehalfOf: { userId: ann } },
        reason: 'a typing error',
        context: { ticket: '1' },
        requestId: 'request-1',
        route: 'PATCH /notes',
        transactionId: expect.stringMatching(/^\d+$/),
        undoes: null,
      },
      original: null,
    });
    expect(body).toMatchObject({ value: 'b', entry: { sequence: inserted, operation: 'INSERT' } });
    expect(secret).toMatchObject({ value: '[redacted]', redacted: true });
  });

  it('names the undo, and who had set the value before what it undid', async () => {
    const inserted = await write(ann, `INSERT INTO $table VALUES (1, 'a', 'b')`);
    const updated = await write(bob, `UPDATE $table SET title = 'wrong'`);
    await undo(updated);
    const { title, body } = await blame();
    expect(title).toMatchObject({
      value: 'a',
      entry: { actor: { userId: carol }, undoes: updated, reason: 'a mistake' },
      original: { sequence: inserted, actor: { userId: ann } },
    });
    expect(body).toMatchObject({ entry: { sequence: inserted }, original: null });
  });

  it('follows an undo of an undo to the first entry', async () => {
    await write(ann, `INSERT INTO $table VALUES (1, 'a', 'b')`);
    const updated = await write(bob, `UPDATE $table SET title = 'right'`);
    await undo(updated);
    const undone = (await blame())['title']!.entry!.sequence;
    await undo(undone);
    expect((await blame())['title']).toMatchObject({
      value: 'right',
      entry: { undoes: undone },
      original: { sequence: updated, actor: { userId: bob } },
    });
  });

  it('names those who had set the columns of a row that an undo inserted again', async () => {
    await write(ann, `INSERT INTO $table VALUES (1, 'a', 'b')`);
    await write(bob, `UPDATE $table SET title = 'c'`);
    const deleted = await write(bob, `DELETE FROM $table`);
    expect(await trail.audit.blame(table.name, '1')).toEqual([]);
    expect((await undo(deleted)).steps).toMatchObject([{ action: 'insert' }]);
    const { title, body } = await blame();
    expect(title).toMatchObject({
      entry: { operation: 'INSERT', actor: { userId: carol } },
      original: { operation: 'UPDATE', actor: { userId: bob } },
    });
    expect(body).toMatchObject({ original: { operation: 'INSERT', actor: { userId: ann } } });
  });

  it('does not name entries of an earlier row with the same key', async () => {
    await write(ann, `INSERT INTO $table VALUES (1, 'a', 'b')`);
    await write(ann, `DELETE FROM $table`);
    await write(bob, `INSERT INTO $table VALUES (1, 'c')`);
    expect(new Set(Object.values(await setters()))).toEqual(new Set([bob]));
  });

  it('follows a record whose key changed, and not another that had the key', async () => {
    await write(ann, `INSERT INTO $table VALUES (1, 'a', 'b'), (2, 'c', 'd')`);
    await write(bob, `UPDATE $table SET title = 'x' WHERE id = 1`);
    await write(ann, `DELETE FROM $table WHERE id = 2`);
    await write(carol, `UPDATE $table SET id = id + 1 WHERE id = 1`);
    await write(bob, `UPDATE $table SET id = id + 1 WHERE id = 2`);
    expect(await setters('3')).toMatchObject({ id: bob, title: bob, body: ann });
    await write(carol, `UPDATE $table SET id = 1, body = 'y'`);
    expect(await setters('1')).toMatchObject({ id: carol, title: bob, body: carol });
  });

  it('continues under the new name of a column, and of the table', async () => {
    await write(ann, `INSERT INTO $table VALUES (1, 'a', 'b')`);
    await write(bob, `UPDATE $table SET title = 'c'`);
    await trail.run(`SELECT audit.rename_column('${table.sql}', 'title', 'heading')`);
    await trail.run(`SELECT audit.rename_table('${table.sql}', '${table.sql}_new')`);
    const columns = await trail.audit.blame(`${table.name}_new`, '1');
    expect(columns.find(({ column }) => column === 'heading')!.entry!.actor).toEqual({
      userId: bob,
    });
    expect(columns.find(({ column }) => column === 'body')!.entry!.actor).toEqual({ userId: ann });
  });

  it('names nobody for what the trail does not have', async () => {
    await trail.client.query(`SET session_replication_role = replica`);
    await trail.client.query(`INSERT INTO ${table.sql} VALUES (1, 'a', 'b')`);
    await trail.client.query(`RESET session_replication_role`);
    await write(bob, `UPDATE $table SET title = 'c'`);
    await trail.run(`ALTER TABLE ${table.sql} ADD COLUMN added int DEFAULT 5`);
    await trail.run(`SELECT audit.renew()`);
    expect(await setters()).toMatchObject({ id: null, title: bob, body: null, added: null });
    expect((await blame())['added']!.value).toBe(5);
  });

  it('finds the record by the key of its entity', async () => {
    const planted = await trail.plant();
    const id = planted.value('venues', 'venues_id');
    await ActorContext.run({ userId: ann }, () =>
      trail.dataSource.getRepository(Venue).update(id, { name: 'New' }),
    );
    const columns = await trail.audit.blame(Venue, id.toUpperCase());
    expect(columns.find(({ column }) => column === 'name')!.entry!.actor).toEqual({ userId: ann });
    expect(await trail.audit.blame(Venue, userId(99))).toEqual([]);
  });
});
