import { isEmbedded, useDatabase } from '../support/database.js';
import { useSeedApp } from './seed-app.js';

describe('a second run of the seeds', () => {
  const database = useDatabase();
  const app = useSeedApp(database);

  beforeAll(async () => {
    await app.seed();
  });

  it('leaves the same rows, and no trace in the trail', async () => {
    const rows = await app.rows();
    expect(rows.audit_logs).toBeUndefined();
    const trail = await app.trail();
    expect(trail.length).toBeGreaterThan(100);

    const report = await app.seed();

    expect(await app.rows()).toEqual(rows);
    expect(await app.trail()).toEqual(trail);
    for (const tally of report.tables.values()) {
      expect(tally).toMatchObject({ cleared: 0, created: 0, changed: 0 });
    }
    expect(report.kept).toEqual([]);
  });

  it('leaves a changed demo row alone, and says so', async () => {
    await database.query(`UPDATE venues SET name = 'Singing Cowboy', city = 'Franklin'`);
    const rows = await app.rows();
    app.logger.clear();

    const report = await app.seed();

    expect(await app.rows()).toEqual(rows);
    expect(report.kept).toEqual(['venues test-karaoke-bar (name, city)']);
    expect(app.logger.messages('warn', 'Seed')).toEqual([
      'venues test-karaoke-bar (name, city) was changed since it was seeded, and is left unchanged. Use --fresh to start over.',
    ]);
  });

  it('takes an account of the same address in other letters for the demo account', async () => {
    await database.query(
      `UPDATE users SET email = 'Singer@Example.com' WHERE email = 'singer@example.com'`,
    );
    const report = await app.seed();
    expect(report.kept).toContain('users singer@example.com (email)');
    expect(await app.counts()).toMatchObject({ users: 3, singer_profiles: 1 });
  });

  it('does not print a password that is no longer right', async () => {
    await database.query(
      `UPDATE users SET password_hash = NULL WHERE email = 'admin@singrkaraoke.com'`,
    );
    app.logger.clear();
    const report = await app.seed();
    expect(report.kept).toContain('users admin@singrkaraoke.com (password)');
    expect(app.logger.text).not.toContain('Admin123!');
    expect(app.logger.text).toContain('Customer123!');
  });

  it('brings the product’s own texts up to date, and adds what a role lacks', async () => {
    await database.query(`UPDATE roles SET description = 'old' WHERE slug = 'singer'`);
    await database.query(
      `DELETE FROM role_permissions USING permissions p
       WHERE role_permissions.permissions_id = p.permissions_id AND p.slug = 'favorites:create'`,
    );
    const report = await app.seed();
    expect(report.tables.get('roles')).toMatchObject({ created: 0, changed: 1, leftAlone: 2 });
    expect(report.tables.get('role_permissions')).toMatchObject({ created: 2 });
    const [role] = await database.query(`SELECT description FROM roles WHERE slug = 'singer'`);
    expect(role.description).toContain('Sings');
  });

  it('leaves a permission that somebody added to a role', async () => {
    await database.query(
      `INSERT INTO role_permissions (roles_id, permissions_id)
       SELECT roles_id, permissions_id FROM roles r, permissions p
       WHERE r.slug = 'singer' AND p.slug = 'venues:create'`,
    );
    const rows = await app.rows();
    await app.seed();
    expect(await app.rows()).toEqual(rows);
  });

  it('makes what was deleted anew', async () => {
    await database.query(`DELETE FROM songdb WHERE artist = 'Queen'`);
    const report = await app.seed();
    expect(report.tables.get('songdb')).toMatchObject({ created: 1, leftAlone: 2 });
  });
});

describe('two runs of the seeds at once', () => {
  const database = useDatabase();
  const first = useSeedApp(database);
  const second = useSeedApp(database);

  it('make each row once', async () => {
    const reports = await Promise.all([first.seed(), second.seed()]);
    const created = reports.map(({ tables }) => tables.get('users')!.created);
    expect(created.sort()).toEqual([0, 3]);
    expect(await first.counts()).toMatchObject({ roles: 3, users: 3, venues: 1, songdb: 3 });
    // The one that came second waited for the other's transaction to end.
    if (isEmbedded) return;
    const transactions = await database.query('SELECT DISTINCT transaction_id FROM audit_logs');
    expect(transactions).toHaveLength(1);
  });
});
