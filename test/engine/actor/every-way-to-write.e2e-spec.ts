import { ActorContext, Role, UserRepository, type DatabaseDataSource } from '@singr/database';
import { useDatabase } from '../../support/database.js';
import { createTestApp } from '../../support/test-app.js';
import { ann, bob } from '../../support/people.js';
import { failure, useScriptedApp, type Tools } from '../../support/scripted-app.js';
import { newSlug, trailOf, type TrailEntry } from '../../support/trail.js';

type Way = [name: string, write: (tools: Tools, slug: string) => Promise<unknown>];

const insertSql = 'INSERT INTO roles (slug) VALUES ($1)';

/** Each inserts, changes or removes the role of the given slug, which is there already. */
const ways: Way[] = [
  ['repository.save() of a new row', ({ roles }, slug) => roles.save({ slug: `${slug}+` })],
  [
    'repository.save() of a loaded row',
    async ({ roles }, slug) =>
      roles.save({ ...(await roles.findOneByOrFail({ slug })), slug: `${slug}+` }),
  ],
  ['repository.save() of several', ({ roles }, slug) => roles.save([{ slug: `${slug}+` }])],
  ['repository.insert()', ({ roles }, slug) => roles.insert({ slug: `${slug}+` })],
  ['repository.update()', ({ roles }, slug) => roles.update({ slug }, { slug: `${slug}+` })],
  ['repository.upsert()', ({ roles }, slug) => roles.upsert({ slug: `${slug}+` }, ['slug'])],
  ['repository.delete()', ({ roles }, slug) => roles.delete({ slug })],
  [
    'repository.remove()',
    async ({ roles }, slug) => roles.remove(await roles.findOneByOrFail({ slug })),
  ],
  [
    'an insert query builder',
    ({ roles }, slug) =>
      roles
        .createQueryBuilder()
        .insert()
        .values({ slug: `${slug}+` })
        .execute(),
  ],
  [
    'an update query builder',
    ({ roles }, slug) =>
      roles
        .createQueryBuilder()
        .update()
        .set({ slug: `${slug}+` })
        .where({ slug })
        .execute(),
  ],
  [
    'a delete query builder',
    ({ roles }, slug) => roles.createQueryBuilder().delete().where({ slug }).execute(),
  ],
  ['dataSource.query()', ({ dataSource }, slug) => dataSource.query(insertSql, [`${slug}+`])],
  ['manager.query()', ({ dataSource }, slug) => dataSource.manager.query(insertSql, [`${slug}+`])],
  ['repository.query()', ({ roles }, slug) => roles.query(insertSql, [`${slug}+`])],
  [
    'dataSource.sql``',
    ({ dataSource }, slug) => dataSource.sql`INSERT INTO roles (slug) VALUES (${`${slug}+`})`,
  ],
  [
    'WITH … INSERT',
    ({ dataSource }, slug) =>
      dataSource.query(
        `WITH made AS (INSERT INTO roles (slug) VALUES ($1) RETURNING *) SELECT * FROM made`,
        [`${slug}+`],
      ),
  ],
  [
    'a SELECT of a writing function',
    ({ dataSource }, slug) => dataSource.query('SELECT make_role($1)', [`${slug}+`]),
  ],
  [
    'CALL of a writing procedure',
    ({ dataSource }, slug) => dataSource.query('CALL call_role($1)', [`${slug}+`]),
  ],
  [
    'DO',
    ({ dataSource }, slug) =>
      dataSource.query(`DO $$ BEGIN INSERT INTO roles (slug) VALUES ('${slug}+'); END $$`),
  ],
  [
    'MERGE',
    ({ dataSource }, slug) =>
      dataSource.query(
        `MERGE INTO roles r USING (VALUES ($1)) AS v (slug) ON r.slug = v.slug
     WHEN NOT MATCHED THEN INSERT (slug) VALUES (v.slug)`,
        [`${slug}+`],
      ),
  ],
  [
    'EXPLAIN ANALYZE',
    ({ dataSource }, slug) =>
      dataSource.query(`EXPLAIN ANALYZE INSERT INTO roles (slug) VALUES ('${slug}+')`),
  ],
  [
    'a statement behind a comment',
    ({ dataSource }, slug) => dataSource.query(`/* why */ -- and how\n ${insertSql}`, [`${slug}+`]),
  ],
  [
    'a statement behind a nested comment',
    ({ dataSource }, slug) =>
      dataSource.query(`/* outer /* inner */ outer */ ${insertSql}`, [`${slug}+`]),
  ],
  [
    'a statement behind a semicolon',
    ({ dataSource }, slug) => dataSource.query(`; INSERT INTO roles (slug) VALUES ('${slug}+')`),
  ],
  [
    'several statements at once',
    ({ dataSource }, slug) =>
      dataSource.query(`SET LOCAL work_mem = '8MB'; INSERT INTO roles (slug) VALUES ('${slug}+')`),
  ],
  [
    'several statements behind a SELECT',
    ({ dataSource }, slug) =>
      dataSource.query(`SELECT 1; DELETE FROM roles WHERE slug = '${slug}'`),
  ],
  [
    'CREATE TABLE AS of a writing function',
    ({ dataSource }, slug) =>
      dataSource.query(`CREATE TABLE "${slug}_copy" AS SELECT make_role('${slug}+')`),
  ],
  [
    'a SELECT of a view that writes',
    ({ dataSource }, slug) =>
      dataSource
        .query(`CREATE VIEW "${slug}_view" AS SELECT make_role('${slug}+')`)
        .then(() => dataSource.query(`SELECT * FROM "${slug}_view"`)),
  ],
  [
    'TABLE of a view that writes',
    ({ dataSource }, slug) =>
      dataSource
        .query(`CREATE VIEW "${slug}_table" AS SELECT make_role('${slug}+')`)
        .then(() => dataSource.query(`TABLE "${slug}_table"`)),
  ],
  [
    'dataSource.transaction() and its manager',
    ({ dataSource }, slug) =>
      dataSource.transaction((manager) => manager.save(Role, { slug: `${slug}+` })),
  ],
  [
    'dataSource.transaction() and an injected repository',
    ({ dataSource, roles }, slug) =>
      dataSource.transaction(() => roles.insert({ slug: `${slug}+` })),
  ],
  [
    'manager.transaction()',
    ({ dataSource }, slug) =>
      dataSource.manager.transaction((manager) => manager.insert(Role, { slug: `${slug}+` })),
  ],
  [
    'a nested transaction',
    ({ dataSource, roles }, slug) =>
      dataSource.transaction(() =>
        dataSource.transaction(() => roles.insert({ slug: `${slug}+` })),
      ),
  ],
  [
    'a query runner with a transaction of its own',
    async ({ dataSource }, slug) => {
      const runner = dataSource.createQueryRunner();
      try {
        await runner.connect();
        await runner.startTransaction();
        await runner.manager.save(Role, { slug: `${slug}+` });
        await runner.commitTransaction();
      } catch (error) {
        await runner.rollbackTransaction();
        throw error;
      } finally {
        await runner.release();
      }
    },
  ],
  [
    'a query runner without a transaction',
    async ({ dataSource }, slug) => {
      const runner = dataSource.createQueryRunner();
      try {
        await runner.query(insertSql, [`${slug}+`]);
      } finally {
        await runner.release();
      }
    },
  ],
  [
    'dataSource.getRepository()',
    ({ dataSource }, slug) => dataSource.getRepository(Role).insert({ slug: `${slug}+` }),
  ],
  [
    'an extended repository',
    ({ roles }, slug) =>
      roles
        .extend({
          add(this: typeof roles, name: string) {
            return this.insert({ slug: name });
          },
        })
        .add(`${slug}+`),
  ],
  [
    'manager.withRepository()',
    ({ dataSource, roles }, slug) =>
      dataSource.transaction((manager) =>
        manager.withRepository(roles).insert({ slug: `${slug}+` }),
      ),
  ],
];

describe('every way to write', () => {
  const database = useDatabase();
  const app = useScriptedApp(database);
  let count = 0;

  beforeAll(async () => {
    await database.query(`
      CREATE FUNCTION make_role(name text) RETURNS text LANGUAGE sql AS
        $$ INSERT INTO roles (slug) VALUES (name) RETURNING slug $$`);
    await database.query(`
      CREATE PROCEDURE call_role(name text) LANGUAGE sql AS
        $$ INSERT INTO roles (slug) VALUES (name) $$`);
  });

  /** A role that a colleague made, and what the trail says about it besides that. */
  async function prepared(): Promise<string> {
    const slug = newSlug('written');
    await ActorContext.run({ name: 'preparation' }, () => app.tools.roles.insert({ slug }));
    return slug;
  }

  async function written(slug: string): Promise<TrailEntry[]> {
    const entries = [...(await trailOf(database, slug)), ...(await trailOf(database, `${slug}+`))];
    return entries.filter(({ writer }) => writer !== 'preparation');
  }

  const requestIds = () => ({ 'x-request-id': `the-request-${++count}` });

  it.each(ways)('%s names the user, the request and the route in a POST', async (_name, write) => {
    const slug = await prepared();
    const headers = requestIds();
    await app.succeed('POST', async (tools) => void (await write(tools, slug)), {
      user: ann,
      headers,
    });
    expect(await written(slug)).toEqual([
      expect.objectContaining({
        writer: ann,
        requestId: headers['x-request-id'],
        route: 'POST /work',
      }),
    ]);
  });

  it.each(ways)('%s names them in a GET, which has no transaction', async (_name, write) => {
    const slug = await prepared();
    const headers = requestIds();
    await app.succeed('GET', async (tools) => void (await write(tools, slug)), {
      user: ann,
      headers,
    });
    expect(await written(slug)).toEqual([
      expect.objectContaining({
        writer: ann,
        requestId: headers['x-request-id'],
        route: 'GET /work',
      }),
    ]);
  });

  it.each(ways)('%s names the actor of ActorContext.run() in a job', async (_name, write) => {
    const slug = await prepared();
    await ActorContext.run({ name: 'nightly' }, () => write(app.tools, slug));
    expect(await written(slug)).toEqual([
      expect.objectContaining({ writer: 'nightly', requestId: null, route: null }),
    ]);
  });

  it('treats the SELECT of a query builder as a read: writes of a function in it have no actor', async () => {
    const slug = await prepared();
    await ActorContext.run({ name: 'nightly' }, () =>
      app.tools.dataSource
        .createQueryBuilder()
        .select('make_role(:slug)', 'made')
        .from('(SELECT 1)', 'one')
        .setParameter('slug', `${slug}+`)
        .getRawMany(),
    );
    expect(await written(slug)).toEqual([expect.objectContaining({ writer: null })]);
  });

  it.each(ways)(
    '%s is refused without an actor where the database rejects that',
    async (_name, write) => {
      const slug = await prepared();
      const rejecting = await rejectingDataSource();
      const error = await failure(
        write({ dataSource: rejecting, roles: rejecting.getRepository(Role) }, slug),
      );
      expect(error.message).toContain('has no actor, and this database rejects such writes');
      expect(error.message).toContain('ActorContext.run(');
      expect(await written(slug)).toEqual([]);
    },
  );

  it('increment() and decrement() name the user', async () => {
    await app.succeed(
      'GET',
      async ({ dataSource }) => {
        const [{ id }] = await dataSource.query(
          `WITH u AS (INSERT INTO users (email) VALUES ('inc@x.test') RETURNING users_id),
             p AS (INSERT INTO customer_profiles (users_id) SELECT users_id FROM u RETURNING customer_profiles_id)
           SELECT customer_profiles_id AS id FROM p`,
        );
        await dataSource.query('INSERT INTO state (customer_profiles_id, serial) VALUES ($1, 1)', [
          id,
        ]);
        await dataSource.getRepository('State').increment({ customerProfileId: id }, 'serial', 1);
        await dataSource.getRepository('State').decrement({ customerProfileId: id }, 'serial', 1);
      },
      { user: ann },
    );
    expect(
      await database.query(
        `SELECT operation, user_id FROM audit_logs WHERE table_name = 'state' ORDER BY sequence`,
      ),
    ).toEqual(['INSERT', 'UPDATE', 'UPDATE'].map((operation) => ({ operation, user_id: ann })));
  });

  it('the module’s own repositories name the user, and follow the transaction', async () => {
    const users = app.app.get(UserRepository);
    await app.request(
      'POST',
      async () => {
        await users.insert({ email: 'gone@x.test' });
        throw new Error('as planned');
      },
      { user: bob },
    );
    await app.succeed('POST', () => users.insert({ email: 'kept@x.test' }), { user: bob });
    expect(
      await database.query(
        `SELECT user_id, new_data ->> 'email' AS email FROM audit_logs
         WHERE table_name = 'users' AND new_data ->> 'email' IN ('gone@x.test', 'kept@x.test')`,
      ),
    ).toEqual([{ user_id: bob, email: 'kept@x.test' }]);
  });

  let rejecting: DatabaseDataSource | undefined;
  async function rejectingDataSource(): Promise<DatabaseDataSource> {
    if (rejecting !== undefined) return rejecting;
    const other = await createTestApp(database, {
      databaseOptions: { unattributedWrites: 'reject' },
    });
    return (rejecting = other.dataSource);
  }
});
