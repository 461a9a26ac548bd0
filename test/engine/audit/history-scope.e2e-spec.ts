import { useUndo } from './use-undo.js';

const { trail, venue, rename } = useUndo();

const found = async (query: Parameters<typeof trail.audit.history>[0]) =>
  (await trail.audit.history(query)).entries;

describe('a history within what somebody may read', () => {
  it('has only entries of its tables', async () => {
    const entries = await found({ within: [{ table: 'venues' }, { table: 'roles' }], limit: 500 });
    expect(new Set(entries.map(({ table }) => table))).toEqual(new Set(['venues', 'roles']));
    expect(await found({ within: [] })).toEqual([]);
    expect(await found({ table: 'users', within: [{ table: 'venues' }] })).toEqual([]);
  });

  it('has only rows with the values, before and after the change', async () => {
    const scope = { within: [{ table: 'venues', where: { city: ['Memphis', 'Austin'] } }] };
    const ofVenue = { table: 'venues', id: venue() };
    const move = (city: string) =>
      trail.run('UPDATE venues SET city = $1 WHERE venues_id = $2', [city, venue()]);
    await move('Memphis');
    expect(await found({ ...ofVenue, ...scope })).toEqual([]);
    await rename('Within');
    await move('Austin');
    await move('Elsewhere');
    await rename('Outside');
    const names = (await found({ ...ofVenue, ...scope })).map(({ after }) => after!['name']);
    expect(names).toEqual(['Within', 'Within']);
    // The same without the table, which reads the trail of all tables.
    expect(await found(scope)).toHaveLength(2);
  });

  it('finds entries of a table under its former name, by the columns of today', async () => {
    const client = trail.client;
    await client.query(`CREATE TABLE places (id integer PRIMARY KEY, owner text, name text);
      SELECT audit.attach('places')`);
    await trail.run(`INSERT INTO places VALUES (1, 'ann', 'Ours'), (2, 'bob', 'Theirs')`);
    await client.query(`SELECT audit.rename_column('places'::regclass, 'owner', 'owned_by')`);
    const scope = { within: [{ table: 'places', where: { owned_by: 'ann' } }] };
    for (const query of [scope, { ...scope, table: 'places' }]) {
      expect((await found(query)).map(({ after }) => after!['name'])).toEqual(['Ours']);
    }
  });

  it('refuses values of redacted columns, and values that are missing', async () => {
    const wrong: Record<string, any>[] = [
      { passwordHash: 'x' },
      { name: undefined },
      { nothing: 'x' },
    ];
    for (const where of wrong) {
      await expect(found({ within: [{ table: 'users', where }] })).rejects.toMatchObject({
        code: 'INVALID_HISTORY_QUERY',
      });
    }
  });

  it('finds entries by their sequences, and by a part of the reason', async () => {
    await trail.run(`UPDATE venues SET city = 'x'`, []);
    const [entry] = await found({ table: 'venues', limit: 1 });
    expect(await found({ sequences: [entry!.sequence] })).toEqual([entry]);
    expect(await found({ sequences: [] })).toEqual([]);
    await trail.write((client) => client.query(`UPDATE venues SET city = 'y'`), {
      'app.reason': 'Moved 100% by phone',
    });
    expect(await found({ reason: { contains: '100% BY' } })).not.toEqual([]);
    expect(await found({ reason: { contains: '100_ by' } })).toEqual([]);
  });
});
