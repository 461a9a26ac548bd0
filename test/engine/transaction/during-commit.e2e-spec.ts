import { setTimeout as sleep } from 'node:timers/promises';
import { useDatabase } from '../../support/database.js';
import { dataSourceFor } from '../../support/data-source.js';

const database = useDatabase();

it('a write that begins while a transaction commits waits for the only connection', async () => {
  const dataSource = await dataSourceFor({ ...database.options, poolSize: 1 }).initialize();
  database.beforeDrop(() => dataSource.destroy());
  // A deferred trigger runs within COMMIT.
  await dataSource.query(`
    CREATE FUNCTION slow_commit() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END';
    CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON roles DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW WHEN (NEW.slug = 'slow') EXECUTE FUNCTION slow_commit()`);
  let late: Promise<unknown> | undefined;
  await dataSource.transaction(async (manager) => {
    await manager.query(`INSERT INTO roles (slug) VALUES ('slow')`);
    void sleep(200).then(() => {
      late = dataSource.query(`INSERT INTO roles (slug) VALUES ('late')`);
      late.catch(() => undefined);
    });
  });
  await late;
  const rows = await database.query(
    `SELECT slug FROM roles WHERE slug IN ('slow', 'late') ORDER BY slug`,
  );
  expect(rows).toEqual([{ slug: 'late' }, { slug: 'slow' }]);
});
