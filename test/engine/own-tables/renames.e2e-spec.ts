import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditService, AuditVerifier, Sensitive } from '@singr/database';
import { auditTable, renameAudited, renameAuditedTable } from '@singr/database/migrations';
import { Column, Entity, PrimaryColumn, type QueryRunner } from 'typeorm';
import { failure } from '../../support/scripted-app.js';
import { useDatabase } from '../../support/database.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';

/** The entity after the renames: `things` was called `items`, and `title` was called `name`. */
@Entity('things')
class Thing {
  @PrimaryColumn('integer', { name: 'number' })
  number!: number;

  @PrimaryColumn('text')
  place!: string;

  @Column('text')
  title!: string;

  @Column('integer', { nullable: true })
  size!: number | null;

  @Sensitive()
  @Column('text', { nullable: true, select: false })
  colour!: string | null;
}

describe('history across changes of a table', () => {
  const database = useDatabase();
  let app: TestApp;
  let audit: AuditService;
  const times: string[] = [];
  const id = { number: 1, place: 'attic' };

  const pause = () => new Promise((resolve) => setTimeout(resolve, 5));
  const run = async (sql: string) => {
    await pause();
    await app.dataSource.query(sql);
    await pause();
    times.push(new Date().toISOString());
  };
  /** As a migration does it: the runner is given back before anything else asks for a connection. */
  const migrate = async (work: (queryRunner: QueryRunner) => Promise<void>) => {
    const queryRunner = app.dataSource.createQueryRunner();
    await work(queryRunner).finally(() => queryRunner.release());
    await pause();
  };

  beforeAll(async () => {
    app = await createTestApp(database, { imports: [TypeOrmModule.forFeature([Thing])] });
    audit = app.get(AuditService);
    await migrate(async (queryRunner) => {
      await queryRunner.query(`
        CREATE TABLE items (no integer, place text, name text NOT NULL, colour text, title text,
          CONSTRAINT items_pkey PRIMARY KEY (no, place))`);
      await auditTable(queryRunner, 'items', { redact: ['colour'] });
    });
    await run(
      `INSERT INTO items VALUES (1, 'attic', 'lamp', 'red', 'old title'), (2, 'attic', 'chair', NULL, NULL)`,
    );
    await run(`UPDATE items SET name = 'tall lamp', title = 'x' WHERE no = 1`);
    await run('DELETE FROM items WHERE no = 2');
    await migrate(async (queryRunner) => {
      await queryRunner.query('ALTER TABLE items DROP COLUMN title');
      await auditTable(queryRunner, 'items', { redact: ['colour'] });
      await renameAudited(queryRunner, 'items', 'name', 'title');
    });
    await run(`UPDATE items SET title = 'taller lamp' WHERE no = 1`);
    await migrate(async (queryRunner) => {
      await renameAuditedTable(queryRunner, 'items', 'things');
      await renameAudited(queryRunner, 'things', 'no', 'number');
      await queryRunner.query('ALTER TABLE things ADD COLUMN size integer DEFAULT 5');
      await auditTable(queryRunner, 'things', { redact: ['colour'] });
    });
    await run(`UPDATE things SET title = 'tallest lamp' WHERE number = 1`);
    // Somebody else's, under the name that was given up.
    await migrate(async (queryRunner) => {
      await queryRunner.query('CREATE TABLE items (id integer PRIMARY KEY)');
      await auditTable(queryRunner, 'items');
    });
    await run('INSERT INTO items VALUES (7)');
  });

  it('goes on under the new names, of the table, of a column, of a key', async () => {
    const { entries } = await audit.history({ entity: Thing, id, order: 'oldest' });
    expect(
      entries.map(({ table, operation, recordId, after, changes }) => [
        `${operation} ${table} ${recordId}`,
        after?.title,
        operation === 'UPDATE' ? changes.map(({ column }) => column) : [],
      ]),
    ).toEqual([
      ['INSERT things {"place": "attic", "number": "1"}', 'lamp', []],
      [
        'UPDATE things {"place": "attic", "number": "1"}',
        'tall lamp',
        ['title', 'title (dropped)'],
      ],
      ['UPDATE things {"place": "attic", "number": "1"}', 'taller lamp', ['title']],
      ['UPDATE things {"place": "attic", "number": "1"}', 'tallest lamp', ['title']],
    ]);
    const all = await audit.history({ order: 'oldest' });
    expect(all.entries.filter(({ table }) => table === 'things')).toHaveLength(6);
    expect(
      all.entries.filter(({ table }) => table === 'things').map(({ after }) => after?.title),
    ).toContain('lamp');
    expect((await audit.history({ table: 'items' })).entries).toHaveLength(1);
  });

  it('keeps redacted values hidden under any name', async () => {
    const { entries } = await audit.history({ entity: Thing, id });
    expect(entries.map(({ after }) => after?.colour)).toEqual(Array(4).fill('[redacted]'));
  });

  it('returns each state as the current entity, and dropped columns in the image', async () => {
    expect(await audit.asOf(Thing, id, times[0]!)).toMatchObject({ ...id, title: 'lamp' });
    expect(await audit.asOf(Thing, id, times[3]!)).toMatchObject({ ...id, title: 'taller lamp' });
    expect(await audit.asOfMany(Thing, times[1]!, { order: { number: 'ASC' } })).toMatchObject([
      { ...id, title: 'tall lamp' },
      { number: 2, title: 'chair' },
    ]);
    expect(await audit.imageAt(Thing, id, times[0]!)).toMatchObject({
      title: 'lamp',
      'title (dropped)': 'old title',
    });
    const changes = await audit.diff(Thing, id, times[0]!, times[3]);
    expect(changes).toContainEqual({
      column: 'title',
      from: 'lamp',
      to: 'taller lamp',
      redacted: false,
    });
    expect(changes).toContainEqual({
      column: 'title (dropped)',
      from: 'old title',
      to: null,
      redacted: false,
    });
  });

  it('returns the initial value of a column that was added since', async () => {
    expect(await audit.asOf(Thing, id, times[3]!)).toMatchObject({ size: 5 });
    expect(await audit.imageAt(Thing, id, new Date())).toMatchObject({ size: 5 });
    expect(await audit.asOfMany(Thing, times[3]!)).toMatchObject([{ size: 5 }]);
  });

  it('lets entries of former names be undone, by entry, by transaction and to a time', async () => {
    const things = app.dataSource.getRepository(Thing);
    const { entries } = await audit.history({ table: 'things', order: 'oldest' });
    const deletion = entries.find(({ operation }) => operation === 'DELETE')!;
    const { steps } = await audit.undoTransaction(deletion.transactionId);
    expect(steps).toMatchObject([{ action: 'insert', table: 'things' }]);
    expect(await things.findOneByOrFail({ number: 2 })).toMatchObject({ title: 'chair', size: 5 });
    await audit.restore(Thing, id, times[0]!);
    expect(await things.findOneByOrFail({ number: 1 })).toMatchObject({ title: 'lamp' });
    await audit.restoreTo({ tables: [Thing], at: times[3]! });
    expect(await things.find()).toMatchObject([{ number: 1, title: 'taller lamp' }]);
  });

  it('is as the checks want it', async () => {
    expect(await app.get(AuditVerifier).verify({ exempt: ['items'] })).toEqual([]);
  });

  it('does not continue for a table that is not audited: the rename is refused', async () => {
    await app.dataSource.query('CREATE TABLE plain (id integer PRIMARY KEY)');
    await migrate(async (queryRunner) => {
      expect((await failure(renameAudited(queryRunner, 'plain', 'id', 'no'))).message).toMatch(
        /plain is not audited/,
      );
    });
    await app.dataSource.query('DROP TABLE plain');
  });
});

@Entity('gauges')
class Gauge {
  @PrimaryColumn('integer')
  id!: number;

  @Column('text')
  reading!: string;

  @Column('integer')
  level!: number;
}

describe('a column whose type changed since', () => {
  const database = useDatabase();
  let app: TestApp;
  let audit: AuditService;
  let at: string;

  /** Each test changes the type of what was written under another one. */
  const retype = async (column: string, values: readonly string[], type: string) => {
    await pause();
    for (const value of values)
      await app.dataSource.query(`UPDATE gauges SET ${column} = ${value}`);
    at = new Date(Date.now() + 2).toISOString();
    await pause();
    await app.dataSource.query(
      `ALTER TABLE gauges ALTER COLUMN ${column} TYPE ${type} USING ${column}::text::numeric::${type};
       SELECT audit.attach('gauges')`,
    );
  };
  const pause = () => new Promise((resolve) => setTimeout(resolve, 5));
  const newest = async () => (await audit.history({ table: 'gauges' })).entries[0]!.sequence;

  beforeEach(async () => {
    await database.query(`
      DROP TABLE IF EXISTS gauges; DELETE FROM audit.audited_tables WHERE table_name = 'gauges';
      CREATE TABLE gauges (id integer PRIMARY KEY, reading text, level integer, ratio numeric(6, 2));
      SELECT audit.attach('gauges');
      INSERT INTO gauges VALUES (1, '1', 1, 1)`);
    app ??= await createTestApp(database, { imports: [TypeOrmModule.forFeature([Gauge])] });
    audit = app.get(AuditService);
  });

  it('is cast if the cast is exact', async () => {
    await retype('reading', [`'7'`], 'integer');
    expect(await audit.asOf(Gauge, { id: 1 }, at)).toMatchObject({ reading: 7 });
  });

  it('is undone to the same value in its new format', async () => {
    await retype('level', ['2', '3'], 'numeric(6, 2)');
    const sequence = await newest();
    const { steps } = await audit.undo(sequence);
    expect(steps).toMatchObject([{ action: 'update', columns: ['level'] }]);
    expect(await app.dataSource.getRepository(Gauge).findOneByOrFail({ id: 1 })).toMatchObject({
      level: '2.00',
    });
  });

  it('is named if a value does not fit, also inside a transaction, which continues', async () => {
    await retype('reading', [`'many'`, `'7'`], 'integer');
    const past = (await audit.history({ table: 'gauges' })).entries[1]!;
    expect(past.after).toMatchObject({ reading: 'many' });
    await app.dataSource.query('DELETE FROM gauges');
    await pause();
    await app.dataSource.query(`INSERT INTO gauges VALUES (1, 7, 1, 1)`);
    await app.dataSource.transaction(async (manager) => {
      const error = await failure(audit.asOfMany(Gauge, past.at));
      expect(error).toMatchObject({ code: 'IMAGE_UNREADABLE', columns: ['reading'] });
      expect(await manager.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    });
    const error = await failure(audit.restore(Gauge, { id: 1 }, past.at));
    expect(error).toMatchObject({ code: 'UNDO_IMPOSSIBLE' });
  });

  it('is named if a cast would round the value', async () => {
    await retype('ratio', ['2.55', '3'], 'numeric(6, 1)');
    const past = (await audit.history({ table: 'gauges' })).entries[1]!;
    expect(await failure(audit.asOf(Gauge, { id: 1 }, past.at))).toMatchObject({
      code: 'IMAGE_UNREADABLE',
      columns: ['ratio'],
    });
    expect((await audit.imageAt(Gauge, { id: 1 }, past.at))!.ratio).toBe('2.55');
    expect(await failure(audit.undo(await newest()))).toMatchObject({ code: 'UNDO_IMPOSSIBLE' });
  });
});
