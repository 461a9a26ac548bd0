import { useDatabase } from '../support/database.js';
import { useSeedApp } from './seed-app.js';

const database = useDatabase();
const app = useSeedApp(database);

describe('the seeds with fresh', () => {
  it('start over, and add to the trail without touching what it has', async () => {
    await app.seed();
    await database.query(`INSERT INTO users (email) VALUES ('somebody@example.com')`);
    await database.query(`UPDATE venues SET name = 'Singing Cowboy'`);
    const counts = await app.counts();
    const trail = await app.trail();
    const [before] = await database.query('SELECT venues_id FROM venues');

    const report = await app.seed({ fresh: true });

    expect(report.tables.get('users')).toEqual({
      cleared: 4,
      created: 3,
      changed: 0,
      leftAlone: 0,
    });
    expect(report.kept).toEqual([]);
    expect(app.logger.text).toContain('users: 4 cleared, 3 created');
    expect(await app.counts()).toEqual({ ...counts, users: 3 });
    const [after] = await database.query('SELECT venues_id, name FROM venues');
    expect(after.name).toBe('Test Karaoke Bar');
    expect(after.venues_id).not.toBe(before.venues_id);

    const longer = await app.trail();
    expect(longer.slice(0, trail.length)).toEqual(trail);
    const deleted = await database.query(
      `SELECT table_name, count(*)::int AS rows FROM audit_logs
       WHERE operation = 'DELETE' AND actor_name = 'seed' GROUP BY 1 ORDER BY 1`,
    );
    expect(Object.fromEntries(deleted.map(({ table_name, rows }) => [table_name, rows]))).toEqual({
      ...counts,
      branding_profiles: undefined,
    });
  });
});
