import { DataSource, type Repository } from 'typeorm';
import { ActorContext, Role, SongRepository, type DatabaseDataSource } from '@singr/database';
import { existing, newSlug, writersOf } from '../actor/trail.js';
import { ann } from '../actor/people.js';
import { describeOnEmbedded, describeOnServer, useDatabase } from '../support/database.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

/** One connection, so that each statement finds what the one before has left on the server. */
describeOnServer('on a connection with a session of its own', () => {
  const database = useDatabase();
  let app: TestApp;
  let dataSource: DatabaseDataSource;
  let roles: Repository<Role>;

  beforeAll(async () => {
    app = await createTestApp(database, { databaseOptions: { poolSize: 1 } });
    dataSource = app.get(DataSource) as DatabaseDataSource;
    roles = dataSource.getRepository(Role);
  });

  const insert = async (): Promise<string> => {
    const slug = newSlug();
    await ActorContext.run({ userId: ann }, () => roles.insert({ slug }));
    return slug;
  };
  const prepared = async (of: string): Promise<number> => {
    const sql = `SELECT count(*)::int AS count FROM pg_prepared_statements WHERE statement LIKE $1`;
    return (await dataSource.query<{ count: number }[]>(sql, [`${of}%`]))[0]!.count;
  };

  it('an INSERT and who makes it are parsed once, however often they run', async () => {
    for (let i = 0; i < 3; i++) expect(await writersOf(database, await insert())).toEqual([ann]);
    expect(await prepared('INSERT INTO "roles"')).toBe(1);
    expect(await prepared('SELECT set_config')).toBeGreaterThan(0);
  });

  it('so are those in a transaction', async () => {
    await dataSource.transaction(async (manager) => {
      for (let i = 0; i < 3; i++) await manager.insert(Role, { slug: newSlug() });
    });
    expect(await prepared('INSERT INTO "roles"')).toBe(1);
    expect(await prepared('START TRANSACTION')).toBe(1);
  });

  it('a query is planned each time, for the values that it has', async () => {
    await roles.findBy({ slug: 'admin' });
    await roles.update({ slug: 'none' }, { description: 'nobody' });
    await dataSource.query(
      `INSERT INTO roles (slug) SELECT slug || '2' FROM roles WHERE slug = $1`,
      ['none'],
    );
    expect(await prepared('SELECT "Role"')).toBe(0);
    expect(await prepared('UPDATE')).toBe(0);
    expect(await prepared('INSERT INTO roles')).toBe(0);
  });

  it('a query that has one good plan says so, as a search does at each letter', async () => {
    const songs = app.get(SongRepository);
    for (const query of ['quee', 'queen', 'boh']) {
      await songs.search({ query });
    }
    expect(await prepared('/* one plan */ WITH beginnings')).toBe(1);
  });

  it('one that failed can be made again', async () => {
    const slug = await insert();
    await expect(roles.insert({ slug })).rejects.toMatchObject({ code: '23505' });
    await expect(
      dataSource.transaction((manager) => manager.insert(Role, { slug })),
    ).rejects.toMatchObject({ code: '23505' });
    await insert();
    expect(await prepared('INSERT INTO "roles"')).toBe(1);
  });

  it('what the server no longer has, or has for a table that was changed, is prepared anew', async () => {
    await insert();
    await dataSource.query('DEALLOCATE ALL');
    expect(await writersOf(database, await insert())).toEqual([ann]);
    await database.query('ALTER TABLE roles ALTER created_at TYPE timestamptz(3)');
    expect(await writersOf(database, await insert())).toEqual([ann]);
  });

  it('a transaction that meets such a statement fails as a whole, and can be made again', async () => {
    const [first, second] = [newSlug(), newSlug()];
    const both = () =>
      dataSource.transaction(async (manager) => {
        await manager.query(`UPDATE roles SET description = 'first' WHERE slug = 'admin'`);
        for (const slug of [first, second]) await manager.insert(Role, { slug });
      });
    await insert();
    await database.query('ALTER TABLE roles ALTER created_at TYPE timestamptz(6)');
    await expect(both()).rejects.toMatchObject({ code: '0A000' });
    await both();
    expect(await existing(database, first, second)).toEqual([first, second].sort());
  });

  it('a hundred are kept, those that were used last', async () => {
    await insert();
    for (let i = 0; i < 120; i++) {
      await dataSource.query(`INSERT INTO roles (slug) VALUES ($1) RETURNING 1 AS as_${i}`, [
        newSlug(),
      ]);
      if (i % 50 === 0) await insert();
    }
    expect(await prepared('')).toBeLessThanOrEqual(100);
    expect(await prepared('INSERT INTO "roles"')).toBe(1);
    expect(await prepared('INSERT INTO roles')).toBeGreaterThan(90);
  });
});

describeOnEmbedded('on the embedded engine, whose one session all connections share', () => {
  const database = useDatabase();

  it('nothing is prepared: another connection would meet what it left', async () => {
    for (const name of ['first', 'second']) {
      const app = await createTestApp(database);
      const dataSource = app.get(DataSource);
      await dataSource.getRepository(Role).insert({ slug: name });
      const prepared = await dataSource.query('SELECT statement FROM pg_prepared_statements');
      expect(prepared).toEqual([]);
    }
  });
});

describeOnServer('with preparedStatements: false', () => {
  const database = useDatabase();

  it('nothing is kept', async () => {
    const app = await createTestApp(database, {
      databaseOptions: { poolSize: 1, preparedStatements: false },
    });
    const dataSource = app.get(DataSource);
    await dataSource.getRepository(Role).insert({ slug: newSlug() });
    expect(await dataSource.query('SELECT FROM pg_prepared_statements')).toEqual([]);
  });
});
