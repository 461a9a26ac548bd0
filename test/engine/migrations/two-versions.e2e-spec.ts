import { ActorContext, AuditVerifier, Audited, type DatabaseDataSource } from '@singr/database';
import { auditTable } from '../../../migrations/index.js';
import { Column, Entity, PrimaryGeneratedColumn, type QueryRunner } from 'typeorm';
import { dataSourceFor } from '../../support/data-source.js';
import { describeOnServer, useDatabase } from '../../support/database.js';

@Audited()
@Entity('song_notes')
class OldNote {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column('text')
  text!: string;
}

@Audited()
@Entity('song_notes')
class NewNote {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column('text')
  remark!: string;
}

class CreatesNotes1900000000000 {
  async up(queryRunner: QueryRunner) {
    await queryRunner.query(
      `CREATE TABLE song_notes (id uuid DEFAULT gen_random_uuid() PRIMARY KEY, text text NOT NULL)`,
    );
    await auditTable(queryRunner, 'song_notes');
  }
  async down() {}
}

/** The migrations of docs/upgrading.md. */
class AddsRemark1900000000001 {
  async up(queryRunner: QueryRunner) {
    await queryRunner.query('ALTER TABLE song_notes ADD COLUMN remark text');
    await queryRunner.query(`
      CREATE FUNCTION song_notes_both_names() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'INSERT' THEN
          NEW.remark := coalesce(NEW.remark, NEW.text);
          NEW.text := coalesce(NEW.text, NEW.remark);
        ELSIF NEW.remark IS DISTINCT FROM OLD.remark THEN
          NEW.text := NEW.remark;
        ELSE
          NEW.remark := NEW.text;
        END IF;
        RETURN NEW;
      END $$
    `);
    await queryRunner.query(`
      CREATE TRIGGER song_notes_both_names BEFORE INSERT OR UPDATE ON song_notes
        FOR EACH ROW EXECUTE FUNCTION song_notes_both_names()
    `);
    await auditTable(queryRunner, 'song_notes');
  }
  async down() {}
}

class FillsRemark1900000000002 {
  readonly transaction = false;
  async up(queryRunner: QueryRunner) {
    let filled: unknown[];
    do {
      [filled] = (await queryRunner.query(`
        UPDATE song_notes SET remark = text
        WHERE id IN (SELECT id FROM song_notes WHERE remark IS NULL LIMIT 2) RETURNING id
      `)) as [unknown[]];
    } while (filled.length > 0);
  }
  async down() {}
}

class RequiresRemark1900000000003 {
  async up(queryRunner: QueryRunner) {
    await queryRunner.query(
      'ALTER TABLE song_notes ADD CONSTRAINT remark_is_there CHECK (remark IS NOT NULL) NOT VALID',
    );
  }
  async down() {}
}

class ValidatesRemark1900000000004 {
  readonly transaction = true;
  async up(queryRunner: QueryRunner) {
    await queryRunner.query('ALTER TABLE song_notes VALIDATE CONSTRAINT remark_is_there');
  }
  async down() {}
}

class DropsText1900000000005 {
  async up(queryRunner: QueryRunner) {
    await queryRunner.query('DROP FUNCTION song_notes_both_names() CASCADE');
    await queryRunner.query(
      'ALTER TABLE song_notes ALTER COLUMN remark SET NOT NULL, DROP CONSTRAINT remark_is_there',
    );
    await queryRunner.query('ALTER TABLE song_notes DROP COLUMN text');
    await auditTable(queryRunner, 'song_notes');
  }
  async down() {}
}

/** The steps of docs/upgrading.md: a column is renamed while processes of both versions run. */
describeOnServer('an old and a new version of the application at once', () => {
  const database = useDatabase();
  let old: DatabaseDataSource;
  let renewed: DatabaseDataSource;

  const connect = async (entity: Function, migrations: Function[]) => {
    const dataSource = await dataSourceFor(
      { ...database.options, entities: [entity] },
      { migrations },
    ).initialize();
    database.beforeDrop(async () => {
      if (dataSource.isInitialized) await dataSource.destroy();
    });
    return dataSource;
  };

  const as = <T>(name: string, work: () => Promise<T>) => ActorContext.run({ name }, work);
  const entries = () =>
    database.query(
      `SELECT actor_name AS actor, operation, coalesce(new_data->>'text', '–') AS text, coalesce(new_data->>'remark', '–') AS remark
       FROM audit_logs WHERE table_name = 'song_notes' ORDER BY sequence`,
    );
  const verify = () => new AuditVerifier(renewed).verify();

  it('starts with the old version', async () => {
    old = await connect(OldNote, [CreatesNotes1900000000000]);
    await old.runMigrations();
    await as('old', () =>
      old.getRepository(OldNote).insert([{ text: 'a' }, { text: 'b' }, { text: 'c' }]),
    );
    expect(await entries()).toEqual(
      ['a', 'b', 'c'].map((text) => ({ actor: 'old', operation: 'INSERT', text, remark: '–' })),
    );
  });

  it('expands: both versions write, and read what the other one wrote', async () => {
    renewed = await connect(NewNote, [CreatesNotes1900000000000, AddsRemark1900000000001]);
    await renewed.runMigrations();
    const [oldNotes, newNotes] = [old.getRepository(OldNote), renewed.getRepository(NewNote)];
    await as('old', () => oldNotes.insert({ text: 'd' }));
    await as('new', () => newNotes.insert({ remark: 'e' }));
    await as('new', () => newNotes.update({ remark: 'd' }, { remark: 'd2' }));
    await as('old', () => oldNotes.update({ text: 'e' }, { text: 'e2' }));
    expect((await oldNotes.find()).map(({ text }) => text).sort()).toEqual([
      'a',
      'b',
      'c',
      'd2',
      'e2',
    ]);
    expect(await newNotes.countBy([{ remark: 'd2' }, { remark: 'e2' }])).toBe(2);
    expect((await entries()).slice(3)).toEqual([
      { actor: 'old', operation: 'INSERT', text: 'd', remark: 'd' },
      { actor: 'new', operation: 'INSERT', text: 'e', remark: 'e' },
      { actor: 'new', operation: 'UPDATE', text: 'd2', remark: 'd2' },
      { actor: 'old', operation: 'UPDATE', text: 'e2', remark: 'e2' },
    ]);
  });

  it('fills the new column in batches, and proves that it is complete', async () => {
    await renewed.destroy();
    renewed = await connect(NewNote, [
      FillsRemark1900000000002,
      RequiresRemark1900000000003,
      ValidatesRemark1900000000004,
    ]);
    await renewed.runMigrations();
    const notes = await renewed.getRepository(NewNote).find();
    expect(notes.map(({ remark }) => remark).sort()).toEqual(['a', 'b', 'c', 'd2', 'e2']);
    await as('old', () => old.getRepository(OldNote).insert({ text: 'f' }));
    expect((await entries()).filter(({ actor }) => actor === 'migrations')).toHaveLength(3);
  });

  it('contracts once no old version runs', async () => {
    await old.destroy();
    await renewed.destroy();
    renewed = await connect(NewNote, [DropsText1900000000005]);
    await renewed.runMigrations();
    await as('new', () => renewed.getRepository(NewNote).update({ remark: 'f' }, { remark: 'f2' }));
    expect((await entries()).at(-1)).toEqual({
      actor: 'new',
      operation: 'UPDATE',
      text: '–',
      remark: 'f2',
    });
    expect(await verify()).toEqual([]);
  });
});
