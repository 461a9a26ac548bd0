import { randomBytes } from 'node:crypto';
import { CatalogueUploadService, SongCatalogueService } from '@singr/database';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { createCustomerProfile } from '../../support/fixtures.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';

/** Roles belong to the whole server, so the name is unique to this run. */
const role = `singr_app_${randomBytes(6).toString('hex')}`;

describeOnServer('an import as the role of an application', () => {
  const database = useDatabase();
  let app: TestApp;
  let name: string;

  beforeAll(async () => {
    name = new URL(database.url).pathname.slice(1);
    await database.query(`CREATE ROLE ${role} LOGIN PASSWORD '${role}'`);
    database.beforeDrop(async () => {
      await database.query(`DROP OWNED BY ${role}`);
      await database.query(`DROP ROLE ${role}`);
    });
    await database.query('SELECT audit.grant_application($1)', [role]);
    const url = new URL(database.url);
    url.username = role;
    url.password = role;
    app = await createTestApp(database, { databaseOptions: { url: url.href } });
  });

  async function importSong() {
    const { id } = await createCustomerProfile(app.dataSource.manager);
    const catalogue = { customerProfileId: id, openkjSystemId: 1 };
    return app.get(SongCatalogueService).import([{ artist: 'Queen', title: 'One' }], catalogue);
  }

  it('works, because by default every role may create temporary tables', async () => {
    expect(await importSong()).toMatchObject({ inserted: 1 });
  });

  it('works in parts too, with the privileges that the role was granted', async () => {
    const { id } = await createCustomerProfile(app.dataSource.manager);
    const system = { customerProfileId: id, openkjSystemId: 1 };
    const uploads = app.get(CatalogueUploadService);
    await uploads.begin(system, { replace: true });
    await uploads.add(system, [{ artist: 'Queen', title: 'One' }]);
    expect(await uploads.finishQuiet({ quietForMs: 0 })).toMatchObject([
      { summary: { inserted: 1 } },
    ]);
  });

  it('needs TEMPORARY if that was revoked from PUBLIC', async () => {
    await database.query(`REVOKE TEMPORARY ON DATABASE "${name}" FROM PUBLIC`);
    await expect(importSong()).rejects.toMatchObject({ code: '42501' });
    await database.query(`GRANT TEMPORARY ON DATABASE "${name}" TO ${role}`);
    expect(await importSong()).toMatchObject({ inserted: 1 });
  });
});
