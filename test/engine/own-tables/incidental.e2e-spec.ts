import { TypeOrmModule } from '@nestjs/typeorm';
import { Audited, AuditService, AuditVerifier, Incidental } from '@singr/database';
import { auditTable, renameAudited, renameAuditedTable } from '@singr/database/migrations';
import { Column, Entity, PrimaryColumn, type QueryRunner, UpdateDateColumn } from 'typeorm';
import { checkSchema } from '../../../src/engine/schema/check-schema.js';
import { useDatabase } from '../../support/database.js';
import { failure } from '../../support/scripted-app.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';

/** A device that shows a venue's queue, and says every few seconds that it is still there. */
@Audited()
@Entity('screens')
class Screen {
  @PrimaryColumn('integer', { primaryKeyConstraintName: 'screens_pkey' })
  id!: number;

  @Column('text')
  name!: string;

  @Incidental()
  @Column('integer', { name: 'seen_times', default: 0 })
  seenTimes!: number;

  @Incidental()
  @UpdateDateColumn({ type: 'timestamptz', name: 'updated_at' })
  updatedAt!: Date;
}

const incidental = ['seen_times', 'updated_at'];

describe('a column that is marked @Incidental()', () => {
  const database = useDatabase();
  let app: TestApp;
  let audit: AuditService;

  const screens = () => app.dataSource.getRepository(Screen);
  const entries = async (table = 'screens') =>
    (await audit.history({ table })).entries.map(({ operation, changes, sequence }) => ({
      operation,
      columns: changes.map(({ column }) => column),
      sequence,
    }));
  const newest = async () => (await entries())[0]!.sequence;
  const migrate = (work: (queryRunner: QueryRunner) => Promise<void>) =>
    app.dataSource.transaction(({ queryRunner }) => work(queryRunner!));
  const pause = () => new Promise((resolve) => setTimeout(resolve, 5));

  beforeAll(async () => {
    app = await createTestApp(database, { imports: [TypeOrmModule.forFeature([Screen])] });
    audit = app.get(AuditService);
  });

  beforeEach(async () => {
    await database.query(`
      DROP TABLE IF EXISTS screens, monitors;
      DELETE FROM audit.audited_tables WHERE table_name IN ('screens', 'monitors');
      CREATE TABLE screens (id integer CONSTRAINT screens_pkey PRIMARY KEY, name text NOT NULL,
        seen_times integer NOT NULL DEFAULT 0, updated_at timestamptz NOT NULL DEFAULT now());
    `);
    await migrate((queryRunner) => auditTable(queryRunner, 'screens', { incidental }));
    await database.query(`
      INSERT INTO screens (id, name) VALUES (1, 'stage'), (2, 'bar')`);
  });

  it('makes no entry by itself', async () => {
    const before = await entries();
    const screen = await screens().findOneByOrFail({ id: 1 });
    await screens().save({ ...screen, seenTimes: 7 });
    await screens().increment({ id: 2 }, 'seenTimes', 1);
    expect(await screens().findOneByOrFail({ id: 1 })).toMatchObject({ seenTimes: 7 });
    expect(await entries()).toEqual(before);
  });

  it('is in the entry that another column makes, with the values that it had then', async () => {
    await screens().update({ id: 1 }, { seenTimes: 7 });
    await screens().update({ id: 1 }, { name: 'door', seenTimes: 8 });
    const { entries } = await audit.history({ entity: Screen, id: '1', limit: 1 });
    expect(entries[0]).toMatchObject({
      operation: 'UPDATE',
      before: { name: 'stage', seen_times: 7 },
      after: { name: 'door', seen_times: 8 },
    });
    expect(entries[0]!.changes.map(({ column }) => column).sort()).toEqual([
      'name',
      'seen_times',
      'updated_at',
    ]);
  });

  it('tells the rows of one statement apart', async () => {
    await database.query(
      `UPDATE screens SET seen_times = 9, name = CASE id WHEN 1 THEN 'door' ELSE name END`,
    );
    const last = async (id: string) => (await audit.history({ entity: Screen, id })).entries[0]!;
    expect(await last('1')).toMatchObject({ operation: 'UPDATE' });
    expect(await last('2')).toMatchObject({ operation: 'INSERT' });
  });

  it('is as of the last entry in a state of the past', async () => {
    await screens().update({ id: 1 }, { seenTimes: 7 });
    await pause();
    expect(await audit.asOf(Screen, '1', new Date())).toMatchObject({ seenTimes: 0 });
    await screens().delete({ id: 1 });
    const { entries } = await audit.history({ entity: Screen, id: '1', limit: 1 });
    expect(entries[0]).toMatchObject({ operation: 'DELETE', before: { seen_times: 7 } });
  });

  it('is the same in a table that has changed since it was attached', async () => {
    const count = (await entries()).length;
    await database.query(`
      ALTER TABLE screens ADD COLUMN place text;
      ALTER TABLE screens RENAME COLUMN seen_times TO pings;
      UPDATE screens SET pings = 3;
      UPDATE screens SET place = 'left', pings = 4 WHERE id = 1`);
    expect(await entries()).toHaveLength(count + 1);
    const { entries: last } = await audit.history({ entity: Screen, id: '1', limit: 1 });
    expect(last[0]).toMatchObject({ after: { place: 'left', pings: 4 } });
  });

  it.each([
    [
      'with a trigger of its own',
      `CREATE TABLE monitors (id integer PRIMARY KEY, name text, seen integer);
       CREATE OR REPLACE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
       CREATE TRIGGER nothing AFTER UPDATE ON monitors FOR EACH ROW EXECUTE FUNCTION nothing()`,
    ],
    [
      'that is partitioned',
      `CREATE TABLE monitors (id integer PRIMARY KEY, name text, seen integer) PARTITION BY RANGE (id);
       CREATE TABLE monitors_low PARTITION OF monitors FOR VALUES FROM (0) TO (100)`,
    ],
  ])('is the same in a table %s', async (_, definition) => {
    await database.query(definition);
    await migrate((runner) => auditTable(runner, 'monitors', { incidental: ['seen'] }));
    const count = (await entries('monitors')).length;
    await database.query(`
      INSERT INTO monitors VALUES (1, 'a', 0), (2, 'b', 0);
      UPDATE monitors SET seen = 1;
      UPDATE monitors SET seen = 2, name = CASE id WHEN 1 THEN 'c' ELSE name END`);
    expect((await entries('monitors')).slice(0, -count || undefined)).toMatchObject([
      { operation: 'UPDATE', columns: ['name', 'seen'] },
      { operation: 'INSERT' },
      { operation: 'INSERT' },
    ]);
  });

  it('is never set back by an undo, and is no conflict', async () => {
    await screens().update({ id: 1 }, { name: 'door', seenTimes: 5 });
    const renaming = await newest();
    await screens().update({ id: 1 }, { seenTimes: 6 });
    const { steps } = await audit.undo(renaming, { conflicts: 'row' });
    expect(steps).toMatchObject([{ columns: ['name'], kept: ['seen_times'] }]);
    expect(await screens().findOneByOrFail({ id: 1 })).toMatchObject({
      name: 'stage',
      seenTimes: 6,
    });
  });

  it('is not set back when the key that changed with it is', async () => {
    await database.query('UPDATE screens SET id = 4, seen_times = 5 WHERE id = 1');
    const { entries } = await audit.history({ entity: Screen, id: '4', limit: 1 });
    await screens().update({ id: 4 }, { seenTimes: 6 });
    const { steps } = await audit.undoTransaction(entries[0]!.transactionId);
    expect(steps).toMatchObject([{ action: 'update', columns: ['id'] }]);
    expect(await screens().findOneByOrFail({ id: 1 })).toMatchObject({ seenTimes: 6 });
  });

  it('is no interruption between the changes of a transaction', async () => {
    await app.dataSource.transaction(async () => {
      await screens().update({ id: 1 }, { name: 'door' });
      await screens().update({ id: 1 }, { seenTimes: 5 });
      await screens().update({ id: 1 }, { name: 'roof' });
    });
    const { entries } = await audit.history({ entity: Screen, id: '1', limit: 1 });
    await audit.undoTransaction(entries[0]!.transactionId);
    expect(await screens().findOneByOrFail({ id: 1 })).toMatchObject({
      name: 'stage',
      seenTimes: 5,
    });
  });

  it('does not keep an inserted row from being deleted, nor a deleted one from coming back', async () => {
    await database.query(`INSERT INTO screens (id, name) VALUES (3, 'roof')`);
    const inserting = await newest();
    await screens().update({ id: 3 }, { seenTimes: 4 });
    await audit.undo(inserting);
    expect(await screens().findOneBy({ id: 3 })).toBeNull();
    await audit.undo(await newest());
    expect(await screens().findOneByOrFail({ id: 3 })).toMatchObject({ seenTimes: 4 });
  });

  it('stays as it is when a table is put back to a time', async () => {
    await pause();
    const at = new Date();
    await pause();
    await screens().update({ id: 1 }, { name: 'door', seenTimes: 5 });
    await screens().update({ id: 2 }, { seenTimes: 6 });
    await audit.restoreTo({ at, tables: [Screen] });
    expect(await screens().find({ order: { id: 'ASC' } })).toMatchObject([
      { name: 'stage', seenTimes: 5 },
      { name: 'bar', seenTimes: 6 },
    ]);
  });

  it('keeps its meaning when it or its table is renamed', async () => {
    await migrate(async (queryRunner) => {
      await renameAudited(queryRunner, 'screens', 'seen_times', 'pings');
      await renameAuditedTable(queryRunner, 'screens', 'monitors');
    });
    const count = (await entries('monitors')).length;
    await database.query('UPDATE monitors SET pings = 3');
    expect(await entries('monitors')).toHaveLength(count);
  });

  describe('is compared with the trigger', () => {
    const verify = () => new AuditVerifier(app.dataSource).verify();

    it('and is as the checks want it', async () => {
      expect(await verify()).toEqual([]);
      expect((await checkSchema(app.dataSource)).map(({ check }) => check)).not.toContain(
        'triggers',
      );
    });

    it('which lacks it', async () => {
      await migrate((queryRunner) => auditTable(queryRunner, 'screens'));
      const problems = await verify();
      expect(problems).toEqual([
        {
          subject: 'screens',
          problem:
            'makes no entry for [] alone, and its entity marks [seen_times, updated_at] as @Incidental()',
          remedy: `in a migration: SELECT audit.attach('screens', ARRAY[]::text[], ARRAY['seen_times', 'updated_at']::text[])`,
        },
      ]);
      expect(await checkSchema(app.dataSource)).toContainEqual(
        expect.objectContaining({ check: 'triggers', remedy: problems[0]!.remedy }),
      );
      await database.query(problems[0]!.remedy.replace('in a migration: ', ''));
      expect(await verify()).toEqual([]);
    });

    it('which has one more', async () => {
      await migrate((queryRunner) =>
        auditTable(queryRunner, 'screens', { incidental: [...incidental, 'name'] }),
      );
      expect(await verify()).toMatchObject([
        { problem: expect.stringContaining('makes no entry for [seen_times, updated_at, name]') },
      ]);
    });

    it('which was changed behind its back', async () => {
      await database.query(
        `UPDATE audit.audited_tables SET incidental_columns = '{}' WHERE table_name = 'screens'`,
      );
      expect((await verify()).map(({ problem }) => problem)).toContainEqual(
        expect.stringContaining('has a recording function that does not fit'),
      );
    });
  });

  it.each([
    ['nothing', 'to be incidental'],
    ['id', 'cannot be incidental'],
  ])('cannot be %s', async (column, message) => {
    const attaching = migrate((runner) => auditTable(runner, 'screens', { incidental: [column] }));
    expect(await failure(attaching)).toMatchObject({ message: expect.stringContaining(message) });
  });
});
