import { useDatabase } from '../support/database.js';
import { useSeedApp } from './seed-app.js';

const database = useDatabase();
const app = useSeedApp(database);

describe('the seeds in production', () => {
  it('make what the product relies on, and no account', async () => {
    const report = await app.seedInProduction();
    expect(Object.keys(await app.counts())).toEqual([
      'branding_profiles',
      'permissions',
      'role_permissions',
      'roles',
    ]);
    expect(report.credentials).toEqual([]);
    expect(app.logger.text).not.toMatch(/Demo|123!/);
  });

  it('refuse to start over, and touch nothing', async () => {
    const rows = await app.rows();
    const trail = await app.trail();
    await expect(app.seedInProduction({ fresh: true })).rejects.toMatchObject({
      code: 'FRESH_SEED_IN_PRODUCTION',
    });
    expect(await app.rows()).toEqual(rows);
    expect(await app.trail()).toEqual(trail);
  });
});
