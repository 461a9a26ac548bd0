import { AuditService, Venue } from '@singr/database';
import { randomBytes } from 'node:crypto';
import { failure } from '../../support/scripted-app.js';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { createTestApp } from '../../support/test-app.js';
import { useTrail } from './trail-app.js';

/** Roles belong to the whole server: the name is this run's alone. */
const role = `singr_app_${randomBytes(6).toString('hex')}`;

describeOnServer('an application with the privileges of audit.grant_application()', () => {
  const database = useDatabase();
  const trail = useTrail(database);
  let audit: AuditService;

  beforeAll(async () => {
    await trail.client.query(`CREATE ROLE ${role} LOGIN PASSWORD '${role}'`);
    database.beforeDrop(async () => {
      await database.query(`DROP OWNED BY ${role}`);
      await database.query(`DROP ROLE ${role}`);
    });
    await trail.client.query('SELECT audit.grant_application($1)', [role]);
    const url = new URL(database.url);
    url.username = role;
    url.password = role;
    audit = (await trail.restarted({ url: url.href })).get(AuditService);
  });

  it('reads histories, states and differences', async () => {
    const planted = await trail.plant();
    const id = planted.value('venues', 'venues_id');
    const at = await trail.now();
    await trail.run(`UPDATE venues SET name = 'x' WHERE venues_id = $1`, [id]);
    expect((await audit.history({ entity: Venue, id })).entries).toHaveLength(2);
    expect(await audit.asOf(Venue, id, at)).toMatchObject({
      name: planted.value('venues', 'name'),
    });
    expect(await audit.asOfMany(Venue, at, { where: { id } })).toHaveLength(1);
    expect(await audit.diff(Venue, id, at, new Date(Date.now() + 1000))).toHaveLength(2);
  });

  it('undoes and restores, and adds entries of its own', async () => {
    const planted = await trail.plant();
    const id = planted.value('venues', 'venues_id');
    const at = await trail.now();
    const removal = await trail.run('DELETE FROM venues WHERE venues_id = $1', [id]);
    const { steps } = await audit.undoTransaction(removal);
    expect(steps.map(({ action, table }) => `${action} ${table}`)).toEqual([
      'insert venues',
      'insert requests',
      'insert singer_favorite_venues',
      'insert singer_request_history',
    ]);
    await trail.run(`UPDATE venues SET name = 'x' WHERE venues_id = $1`, [id]);
    await audit.restore(Venue, id, at);
    const { entries } = await audit.history({ entity: Venue, id, limit: 1 });
    expect(entries[0]).toMatchObject({
      databaseRole: role,
      after: { name: planted.value('venues', 'name') },
    });
    await expect(audit.record({ action: 'a.b', subject: Venue, id })).resolves.toBeDefined();
  });

  it('may neither prune the trail nor erase a person from it', async () => {
    const url = new URL(database.url);
    url.username = role;
    url.password = role;
    const { AuditRetention } =
      await import('../../../src/engine/audit/retention/audit-retention.js');
    const app = await createTestApp(database, { databaseOptions: { url: url.href } });
    const retention = app.get(AuditRetention);
    const planted = await trail.plant();
    const before = await trail.dump();
    for (const work of [
      () => retention.prune({ before: new Date() }),
      () => retention.eraseUser(planted.value('users', 'users_id')),
      () => retention.createPartitions(9),
    ]) {
      expect((await failure(work())).message).toMatch(/permission denied/);
    }
    expect(await trail.dump()).toEqual(before);
  });
});
