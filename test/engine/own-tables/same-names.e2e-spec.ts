import { Injectable, Module } from '@nestjs/common';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import * as ours from '@singr/database';
import {
  Column,
  Entity,
  EntitySchema,
  JoinColumn,
  ManyToOne,
  OneToMany,
  PrimaryGeneratedColumn,
  type Repository,
} from 'typeorm';
import { useDatabase } from '../../support/database.js';
import { dataSourceFor } from '../../support/data-source.js';
import { createUser } from '../../support/fixtures.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';

/** An application's own, with the name of one of the package's, and defined after them. */
@Entity('user')
class User {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column('text')
  nickname!: string;

  @OneToMany('Session', 'user')
  sessions!: Session[];
}

@Entity('login_session')
class Session {
  @PrimaryGeneratedColumn()
  id!: number;

  // By the name of the class.
  @ManyToOne('User', 'sessions')
  @JoinColumn({ name: 'user_id' })
  user!: User;

  // By the name of the table.
  @ManyToOne('user')
  @JoinColumn({ name: 'opened_by' })
  openedBy!: User;
}

/** An entity without a class. */
const Venue = new EntitySchema<{ id: number; title: string }>({
  name: 'Venue',
  tableName: 'meeting_room',
  columns: { id: { type: Number, primary: true, generated: true }, title: { type: 'text' } },
});

@Injectable()
class Users {
  constructor(@InjectRepository(User) readonly repository: Repository<User>) {}
}

@Module({ imports: [TypeOrmModule.forFeature([User, Session, Venue])], providers: [Users] })
class UsersModule {}

const database = useDatabase();

describe.each([
  ['behind', [UsersModule], []],
  ['by the option', [], [User, Session, Venue]],
])(
  'entities of the application’s own with names of the package’s, given %s',
  (_, imports, entities) => {
    let app: TestApp;

    beforeAll(async () => {
      await database.query(`
      CREATE TABLE IF NOT EXISTS "user" (id serial PRIMARY KEY, nickname text NOT NULL);
      CREATE TABLE IF NOT EXISTS login_session (
        id serial PRIMARY KEY, user_id integer REFERENCES "user", opened_by integer REFERENCES "user");
      CREATE TABLE IF NOT EXISTS meeting_room (id serial PRIMARY KEY, title text NOT NULL);`);
      app = await createTestApp(database, {
        imports,
        databaseOptions: { entities: entities as Function[] },
      });
    });
    afterAll(() => app.close());

    it('are what their relations by a name mean, and join their own tables', async () => {
      const { dataSource } = app;
      const user = await dataSource.getRepository(User).save({ nickname: 'ann' });
      await dataSource.getRepository(Session).save({ user, openedBy: user });
      const found = await dataSource.getRepository(Session).findOneOrFail({
        where: { user: { nickname: 'ann' } },
        relations: { user: { sessions: true }, openedBy: true },
      });
      expect(found.user).toBeInstanceOf(User);
      expect(found.openedBy).toBeInstanceOf(User);
      expect(found.user.sessions[0]).toBeInstanceOf(Session);
    });

    it('are what their names mean everywhere else', async () => {
      const { dataSource } = app;
      expect(dataSource.getMetadata('User').target).toBe(User);
      expect(dataSource.getMetadata('user').target).toBe(User);
      expect(dataSource.getRepository('Session').metadata.target).toBe(Session);
      expect(dataSource.manager.getRepository('Venue').metadata.tableName).toBe('meeting_room');
      expect(dataSource.getRepository(Venue).metadata.tableName).toBe('meeting_room');
      expect(dataSource.manager.create('User', { nickname: 'x' })).toBeInstanceOf(User);
      expect(dataSource.createQueryBuilder('User', 'u').getQuery()).toMatch(/FROM "user" "u"/);
      const [session] = await dataSource.getRepository(Session).find();
      const related = dataSource.createQueryBuilder().relation('Session', 'user').of(session);
      expect(await related.loadOne()).toBeInstanceOf(User);
    });

    it('do not hide the package’s entities, which are found by class and by table', async () => {
      const { dataSource } = app;
      expect(dataSource.getMetadata(ours.User).tableName).toBe('users');
      expect(dataSource.getMetadata('users').target).toBe(ours.User);
      expect(dataSource.getMetadata('ApiKey').target).toBe(ours.ApiKey);
      const owner = await createUser(dataSource.manager, {
        email: `${imports.length}@example.com`,
      });
      const session = await app.get(ours.SessionService).create(owner.id);
      const found = await dataSource.getRepository(ours.Session).findOneOrFail({
        where: { id: session.session.id },
        relations: { user: true },
      });
      expect(found.user).toBeInstanceOf(ours.User);
      expect(found.user.email).toBe(owner.email);
    });
  },
);

it.each([
  ['in a module of its own', [UsersModule], []],
  // As docs/own-tables.md has it: beside the database module.
  ['in the module that imports the database module', [TypeOrmModule.forFeature([User])], [Users]],
])('a repository that is injected is that of the imports, %s', async (_, imports, providers) => {
  const app = await createTestApp(database, { imports, providers });
  expect(app.get(Users).repository.target).toBe(User);
  expect(app.get(ours.UserRepository).target).toBe(ours.User);
  await app.close();
});

/** In another schema, where it may have the name of one of the package's tables. */
@Entity('users', { schema: 'crm' })
class Contact {
  @PrimaryGeneratedColumn({ primaryKeyConstraintName: 'users_pkey' })
  id!: number;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}

it('a table with the same name in another schema needs no change of the package’s', async () => {
  await database.query(`
    CREATE SCHEMA crm;
    CREATE TABLE crm.users (id serial CONSTRAINT users_pkey PRIMARY KEY, created_at timestamptz NOT NULL)`);
  const dataSource = dataSourceFor({ ...database.options, entities: [Contact] });
  await dataSource.initialize();
  database.beforeDrop(async () => dataSource.isInitialized && dataSource.destroy());
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  expect(upQueries.map(({ query }) => query)).toEqual([]);
  expect(dataSource.getMetadata('users').target).toBe(ours.User);
  expect(dataSource.getMetadata('crm.users').target).toBe(Contact);
  await dataSource.destroy();
});
