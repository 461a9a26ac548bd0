import { Module, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  ActorContext,
  AuditLabel,
  CoreDatabaseModule,
  DatabaseDataSource,
  InvalidConfigurationError,
  Person,
  auditTable,
} from '@singr/database/core';
import { AuditPageModule } from '@singr/database/audit-page';
import { Column, Entity, PrimaryGeneratedColumn, type QueryRunner } from 'typeorm';
import { getDataSourceToken } from '@nestjs/typeorm';
import { useTestDatabase } from '../testing/use-test-database.js';
import { HeaderGuard, pageOptions } from './page-options.js';

@Person()
@AuditLabel({ label: 'Member', plural: 'Members', icon: '🧑' })
@Entity('members')
class Member {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column('text')
  name!: string;

  @Column('text')
  email!: string;
}

@AuditLabel({
  title: (image) => `${String(image['body']).slice(0, 5)}…`,
  columns: { mood: { label: 'Feeling', values: { up: 'Good', down: 'Bad' } } },
})
@Entity('sticky_notes')
class StickyNote {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column('text')
  body!: string;

  @Column('text')
  mood!: string;

  @Column('integer', { name: 'member_id' })
  memberId!: number;
}

class OwnTables1790000000000 {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE members (id serial PRIMARY KEY, name text NOT NULL, email text NOT NULL);
      CREATE TABLE sticky_notes (id serial PRIMARY KEY, body text NOT NULL, mood text NOT NULL,
        member_id integer NOT NULL REFERENCES members (id));
      CREATE TABLE member_teams (member_id integer REFERENCES members (id), team text, rank integer,
        PRIMARY KEY (member_id, team));
      INSERT INTO members (name, email) VALUES ('Old Timer', 'old@example.com')`);
    for (const table of ['members', 'sticky_notes', 'member_teams']) {
      await auditTable(queryRunner, table);
    }
  }

  async down(): Promise<void> {}
}

describe('the page of an application with tables of its own, on the engine alone', () => {
  const database = useTestDatabase({
    core: true,
    entities: [Member, StickyNote],
    migrations: [OwnTables1790000000000],
  });
  let nest: INestApplication;
  let url: string;

  beforeAll(async () => {
    @Module({
      imports: [
        CoreDatabaseModule.forRoot({
          ...database().options,
          url: database().url,
          entities: [Member, StickyNote],
        }),
        AuditPageModule.forRootAsync({
          path: 'trail',
          guards: [HeaderGuard],
          imports: pageOptions().imports,
          useFactory: () => ({ can: pageOptions().can }),
        }),
      ],
    })
    class OwnAppModule {}
    nest = await NestFactory.create(OwnAppModule, { logger: false, abortOnError: false });
    await nest.listen(0, '127.0.0.1');
    url = await nest.getUrl();
    const dataSource = nest.get<DatabaseDataSource>(getDataSourceToken());
    await ActorContext.run({ userId: '1' }, async () => {
      await dataSource
        .getRepository(StickyNote)
        .insert({ body: 'Remember', mood: 'up', memberId: 1 });
      await dataSource.query(`INSERT INTO member_teams VALUES (1, 'a', 1)`);
      await dataSource.query(`UPDATE member_teams SET rank = 2`);
    });
  });
  afterAll(() => nest.close());

  const call = async (path: string, init: RequestInit = {}) => {
    const headers = { 'x-user': '1', ...init.headers };
    return (await (await fetch(`${url}/trail/api/${path}`, { ...init, headers })).json()) as any;
  };
  const get = (path: string) => call(path);

  it('has labels of decorators, people with numbers for ids, and records of several key columns', async () => {
    const { tables, viewer } = await get('session');
    expect(viewer).toEqual({ name: 'Old Timer', onBehalfOf: null });
    expect(tables.map(({ label }: { label: string }) => label)).toEqual([
      'Member teams',
      'Member',
      'Sticky note',
    ]);
    expect(tables[2].columns.find(({ column }: { column: string }) => column === 'mood')).toEqual({
      column: 'mood',
      label: 'Feeling',
      type: 'enum',
      values: [
        { value: 'up', label: 'Good' },
        { value: 'down', label: 'Bad' },
      ],
      references: null,
      redacted: false,
    });
    const { entries } = await get('entries?table=sticky_notes');
    expect(entries[0]).toMatchObject({ label: 'Remem…', actor: { name: 'Old Timer', id: '1' } });
    // The member is older than the trail.
    expect(entries[0].changes).toContainEqual({
      column: 'member_id',
      from: null,
      to: 1,
      redacted: false,
      toLabel: 'Old Timer',
    });
    const { records } = await get('records?text=timer');
    expect(records).toMatchObject([{ table: 'members', id: '1', label: 'Old Timer', last: null }]);
    expect((await get('records/members/1')).fields).toContainEqual(
      expect.objectContaining({ column: 'name', value: 'Old Timer', set: null }),
    );
    const [team] = (await get('entries?table=member_teams')).entries;
    const shown = await get(`records/member_teams/${encodeURIComponent(team.id)}`);
    expect(shown).toMatchObject({ id: team.id, deleted: false });
  });

  it('undoes', async () => {
    const [{ sequence }] = (await get('entries?table=member_teams')).entries;
    const undone = await call('undo', {
      method: 'POST',
      body: JSON.stringify({ sequence }),
      headers: { 'content-type': 'application/json', 'x-audit-page': '1' },
    });
    expect(undone).toMatchObject({ steps: [{ action: 'update', table: 'member_teams' }] });
  });

  it('needs a path', () => {
    for (const path of ['', '/', ':tenant/audit', 'a b', '../x']) {
      expect(() => AuditPageModule.forRoot(pageOptions({ path }))).toThrow(
        InvalidConfigurationError,
      );
    }
  });
});
