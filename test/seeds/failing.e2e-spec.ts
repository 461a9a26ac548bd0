import { useDatabase, useEmptyDatabase } from '../support/database.js';
import { useSeedApp } from './seed-app.js';

describe('seeds that fail at their last row', () => {
  const database = useDatabase();
  const app = useSeedApp(database);

  it('leave nothing, and succeed once the cause is gone', async () => {
    await database.query(
      `ALTER TABLE songdb ADD CONSTRAINT no_rockets CHECK (title <> 'Rocket Man')`,
    );
    await expect(app.seed()).rejects.toThrow('no_rockets');
    expect(await app.counts()).toEqual({});
    expect(await app.trail()).toEqual([]);
    expect(app.logger.messages('log', 'Seed')).toEqual([]);

    await database.query('ALTER TABLE songdb DROP CONSTRAINT no_rockets');
    await app.seed();
    expect(await app.counts()).toMatchObject({ users: 3, songdb: 3 });
  });

  it('leave what was there when they were to start over', async () => {
    const rows = await app.rows();
    const trail = await app.trail();
    await database.query(
      `ALTER TABLE songdb ADD CONSTRAINT no_rockets CHECK (title <> 'Rocket Man') NOT VALID`,
    );
    await expect(app.seed({ fresh: true })).rejects.toThrow('no_rockets');
    expect(await app.rows()).toEqual(rows);
    expect(await app.trail()).toEqual(trail);
  });
});

describe('seeds before the migrations', () => {
  const database = useEmptyDatabase();
  const app = useSeedApp(database);

  it('say what to do first', async () => {
    await expect(app.seed()).rejects.toMatchObject({
      code: 'SEED_BEFORE_MIGRATION',
      message: expect.stringMatching(/^\d+ migration\(s\) are pending.*npm run db:migrate:deploy/),
    });
  });
});
