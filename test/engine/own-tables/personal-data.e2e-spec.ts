import {
  AuditRetention,
  Person,
  Personal,
  PersonalRecord,
  User,
  type DatabaseDataSource,
} from '@singr/database';
import { auditTable, renameAudited, renameAuditedTable } from '@singr/database/migrations';
import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { AuditedTables } from '../../../src/engine/audit/audited-tables.js';
import { AuditAsOf } from '../../../src/engine/audit/history/audit-as-of.js';
import { personalTablesOf } from '../../../src/engine/audit/retention/personal-tables.js';
import { AuditUndo } from '../../../src/engine/audit/undo/audit-undo.js';
import { dataSourceFor } from '../../support/data-source.js';
import { useDatabase } from '../../support/database.js';
import { ann, bob } from '../../support/people.js';
import { failure } from '../../support/scripted-app.js';
import {
  createTables,
  Journal,
  JournalDraft,
  JournalEntry,
  Mail,
  Member,
  Message,
} from './journals.js';

const own = [Journal, JournalDraft, JournalEntry, Mail, Member, Message];

describe('personal data in tables of an application’s own', () => {
  const database = useDatabase();
  let dataSource: DatabaseDataSource;

  const connect = async (entities: Function[]) => {
    const connected = await dataSourceFor({ ...database.options, entities }).initialize();
    database.beforeDrop(() => connected.destroy());
    return connected;
  };
  const erase = (person: string, from = dataSource) =>
    new AuditRetention(from, new AuditedTables(from)).eraseUser(person);
  const undo = (sequence: string, from: DatabaseDataSource) => {
    const tables = new AuditedTables(from);
    return new AuditUndo(from, tables, new AuditAsOf(from, tables)).undo({ sequence }, {});
  };
  /** The values of a table's column in the trail, by record, oldest first. */
  async function values(table: string, column: string): Promise<Record<string, unknown[]>> {
    const rows = await database.query(
      `SELECT record_id AS id, jsonb_agg(value ORDER BY sequence) AS values
       FROM audit_logs CROSS JOIN unnest(ARRAY[old_data, new_data]) AS image
       CROSS JOIN LATERAL (SELECT image->$2 AS value) AS of_column
       WHERE table_name = $1 AND record_id IS NOT NULL AND value <> 'null' GROUP BY record_id`,
      [table, column],
    );
    return Object.fromEntries(rows.map(({ id, values: found }) => [id, found]));
  }

  beforeAll(async () => {
    await database.query(createTables);
    dataSource = await connect(own);
  });

  beforeEach(async () => {
    await database.query(
      `DELETE FROM mails; DELETE FROM messages; DELETE FROM journals; DELETE FROM diary.journal_entries;
       DELETE FROM drafts; DELETE FROM members; DELETE FROM users WHERE users_id IN ('${ann}', '${bob}')`,
    );
    await database.query(
      `INSERT INTO users (users_id, email) VALUES ('${ann}', 'ann@example.com'), ('${bob}', 'bob@example.com');
       INSERT INTO members VALUES ('${ann}', 'Annie', NULL), ('${bob}', 'Bobby', '${ann}')`,
    );
  });

  it('is erased in rows with a foreign key to the person', async () => {
    await database.query(
      `INSERT INTO journals (id, text, author_id) VALUES (11, 'of Ann', '${ann}'), (12, 'of Bob', '${bob}');
       UPDATE journals SET text = text || ', again', pages = 2;
       DELETE FROM journals WHERE id = 11`,
    );
    const { entries } = await erase(ann);
    expect(entries.journals).toBe(3);
    expect(await values('journals', 'text')).toMatchObject({
      11: ['[erased]', '[erased]', '[erased]', '[erased]'],
      12: ['of Bob', 'of Bob', 'of Bob, again'],
    });
    expect(await values('journals', 'pages')).toMatchObject({ 11: [1, 1, 2, 2] });
    const [{ text }] = await database.query('SELECT text FROM journals WHERE id = 12');
    expect(text).toBe('of Bob, again');
  });

  it('is erased in rows with any of two foreign keys', async () => {
    await database.query(
      `INSERT INTO messages VALUES (21, '{"to": "Bob"}', '${ann}', '${bob}'),
         (22, '{"to": "Ann"}', '${bob}', '${ann}'), (23, '{"to": "Bob"}', '${bob}', '${bob}')`,
    );
    await erase(ann);
    expect(await values('messages', 'content')).toMatchObject({
      21: ['[erased]'],
      22: ['[erased]'],
      23: [{ to: 'Bob' }],
    });
  });

  it('is erased along several foreign keys, also in a circle', async () => {
    await database.query(
      `INSERT INTO journals (id, text, author_id) VALUES (31, 'of Ann', '${ann}'), (32, 'of Bob', '${bob}');
       INSERT INTO diary.journal_entries VALUES (301, 'Monday', 31, NULL), (302, 'Tuesday', NULL, 301),
         (303, 'Wednesday', NULL, 302), (304, 'Bob’s', 32, NULL), (305, 'Bob’s', NULL, 304);
       DELETE FROM journals WHERE id = 31`,
    );
    const { entries } = await erase(ann);
    expect(entries['diary.journal_entries']).toBeGreaterThanOrEqual(4);
    const texts = await values('diary.journal_entries', 'text');
    for (const id of [301, 302, 303]) {
      expect(new Set(texts[id])).toEqual(new Set(['[erased]']));
    }
    expect(texts).toMatchObject({ 304: ['Bob’s'], 305: ['Bob’s'] });
  });

  it('is erased in rows with the person’s id or address, without a foreign key', async () => {
    await database.query(
      `INSERT INTO mails VALUES (41, '${ann}', 'old@example.com'), (42, NULL, 'ANN@example.com'),
         (43, '${bob}', 'bob@example.com')`,
    );
    await erase(ann);
    expect(await values('mails', 'address')).toMatchObject({
      41: ['[erased]'],
      42: ['[erased]'],
      43: ['bob@example.com'],
    });
  });

  it('is erased for persons of another entity, but not for those whom the person invited', async () => {
    const { entries } = await erase(ann);
    expect(Object.keys(entries)).toEqual(expect.arrayContaining(['users', 'members']));
    const nicknames = await values('members', 'nickname');
    expect(new Set(nicknames[ann])).toEqual(new Set(['[erased]']));
    expect(new Set(nicknames[bob])).toEqual(new Set(['Bobby']));
  });

  it('is searched in tables that declare it, and the result names the others', async () => {
    await database.query(
      `CREATE TABLE songs_sung (id integer PRIMARY KEY); SELECT audit.attach('songs_sung');
       INSERT INTO songs_sung VALUES (1); INSERT INTO mails VALUES (51, NULL, NULL);
       INSERT INTO drafts VALUES (1, 'of Ann', '${ann}')`,
    );
    const { entries, notLookedAt } = await erase(ann);
    expect(notLookedAt).toEqual(['songs_sung']);
    expect(entries).not.toHaveProperty('drafts');
    await database.query(
      `UPDATE songs_sung SET id = 2; SELECT audit.detach('songs_sung'); DROP TABLE songs_sung`,
    );
  });

  it('is erased under former names of the table and of its columns too', async () => {
    await database.query(
      `CREATE TABLE diaries (id integer PRIMARY KEY, words text, owner_id uuid); SELECT audit.attach('diaries');
       INSERT INTO diaries VALUES (1, 'of Ann', '${ann}'), (2, 'of Bob', '${bob}');
       DELETE FROM diaries WHERE id = 1`,
    );
    @PersonalRecord({ of: ['writerId'] })
    @Entity('logbooks')
    class Logbook {
      @PrimaryColumn('integer')
      id!: number;

      @Personal()
      @Column('text')
      text!: string;

      @Column('uuid', { name: 'writer_id' })
      writerId!: string;
    }
    await dataSource.transaction(async ({ queryRunner }) => {
      await renameAudited(queryRunner!, 'diaries', 'words', 'text');
      await renameAudited(queryRunner!, 'diaries', 'owner_id', 'writer_id');
      await renameAuditedTable(queryRunner!, 'diaries', 'logbooks');
      await auditTable(queryRunner!, 'logbooks');
    });
    await database.query(`UPDATE logbooks SET text = 'still of Bob'`);
    const connected = await connect([...own, Logbook]);
    const { entries, notLookedAt } = await erase(ann, connected);
    expect(entries.logbooks).toBe(2);
    expect(notLookedAt).not.toContain('diaries');
    expect(await values('diaries', 'words')).toEqual({
      1: ['[erased]', '[erased]'],
      2: ['of Bob'],
    });
    // A value that was erased under a former name cannot be put back.
    const [{ sequence }] = await database.query(
      `SELECT sequence FROM audit_logs WHERE table_name = 'diaries' AND operation = 'DELETE'`,
    );
    expect(await failure(undo(sequence, connected))).toMatchObject({
      code: 'UNDO_IMPOSSIBLE',
      message: expect.stringMatching(/logbooks 1 had personal data in text, which was erased/),
    });
  });

  it('stays under a former name that another table has now, and the result says so', async () => {
    @PersonalRecord({ of: ['ownerId'] })
    @Entity('old_wishes')
    class OldWish {
      @PrimaryColumn('integer')
      id!: number;

      @Personal()
      @Column('text')
      text!: string;

      @Column('uuid', { name: 'owner_id' })
      ownerId!: string;
    }
    await database.query(
      `CREATE TABLE wishes (id integer PRIMARY KEY, text text, owner_id uuid); SELECT audit.attach('wishes');
       INSERT INTO wishes VALUES (1, 'of Ann', '${ann}')`,
    );
    await dataSource.transaction(({ queryRunner }) =>
      renameAuditedTable(queryRunner!, 'wishes', 'old_wishes'),
    );
    await database.query(
      `CREATE TABLE wishes (id integer PRIMARY KEY, text text); SELECT audit.attach('wishes');
       INSERT INTO wishes VALUES (1, 'of somebody else'); UPDATE old_wishes SET text = 'again of Ann'`,
    );
    const { entries, notLookedAt } = await erase(ann, await connect([...own, OldWish]));
    expect(entries.old_wishes).toBe(1);
    expect(notLookedAt).toContain('wishes');
    expect(await values('old_wishes', 'text')).toEqual({ 1: ['[erased]', '[erased]'] });
    expect(await values('wishes', 'text')).toEqual({ 1: ['of Ann', 'of somebody else'] });
  });

  describe('cannot be erased, and nothing is,', () => {
    it.each([
      [
        'when nothing says whose it is',
        () => {
          @Entity('nobodys')
          class Nobodys {
            @PrimaryColumn('integer')
            id!: number;

            @Personal()
            @Column('text')
            text!: string;
          }
          return [Nobodys];
        },
        /Nothing tells which person the rows of "nobodys" belong to/,
      ],
      [
        'when what says so is no property',
        () => {
          @PersonalRecord({ of: ['writer'] })
          @Entity('mistaken')
          class Mistaken {
            @PrimaryColumn('integer')
            id!: number;
          }
          return [Mistaken];
        },
        /of "mistaken" names "writer", which is not a property of it/,
      ],
      [
        'when a relation is not to the key of the other table',
        () => {
          @PersonalRecord({ of: ['user'] })
          @Entity('by_address')
          class ByAddress {
            @PrimaryColumn('integer')
            id!: number;

            @ManyToOne(() => User)
            @JoinColumn({ name: 'email', referencedColumnName: 'email' })
            user!: Relation<User>;
          }
          return [ByAddress];
        },
        /"user" of "by_address" is not a foreign key of one column to the primary key of "users"/,
      ],
      [
        'when a person has a key of several columns',
        () => {
          @Person()
          @Entity('pairs')
          class Pair {
            @PrimaryColumn('integer')
            left!: number;

            @PrimaryColumn('integer')
            right!: number;
          }
          return [Pair];
        },
        /"pairs" is marked @Person\(\), and has a primary key of several columns/,
      ],
    ])('%s', async (_, entities, message) => {
      const connected = await connect(entities());
      const error = await failure(erase(ann, connected));
      expect(error.code).toBe('INVALID_PERSONAL_DATA');
      expect(error.message).toMatch(message);
    });

    it('when a table in between is not audited', async () => {
      @PersonalRecord({ of: ['draft'] })
      @Entity('draft_notes')
      class DraftNote {
        @PrimaryColumn('integer')
        id!: number;

        @Personal()
        @Column('text')
        text!: string;

        @ManyToOne(() => JournalDraft)
        @JoinColumn({ name: 'draft_id' })
        draft!: Relation<JournalDraft>;
      }
      await database.query(
        `CREATE TABLE draft_notes (id integer PRIMARY KEY, text text, draft_id integer REFERENCES drafts);
         SELECT audit.attach('draft_notes')`,
      );
      const connected = await connect([...own, DraftNote]);
      expect(await failure(erase(ann, connected))).toMatchObject({
        code: 'TABLE_NOT_AUDITED',
        message: expect.stringContaining('"drafts"'),
      });
      await database.query(`SELECT audit.detach('draft_notes'); DROP TABLE draft_notes`);
    });
  });

  it('is erased once, however many classes share a table', () => {
    const names = personalTablesOf(dataSource).map(({ table }) => table);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('diary.journal_entries');
  });
});
