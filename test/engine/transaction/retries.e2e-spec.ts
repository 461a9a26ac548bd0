import { failure, useScriptedApp } from '../../support/scripted-app.js';
import { existing, newSlug, writersOf } from '../../support/trail.js';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { Signal } from './control.js';
import { Methods } from './methods.js';

describeOnServer('two transactions that collide', () => {
  const database = useDatabase();
  const app = useScriptedApp(database, {
    providers: [Methods],
    databaseOptions: { poolSize: 4 },
  });
  const methods = () => app.app.get(Methods);
  const insert = (slug: string) => app.tools.roles.insert({ slug });

  /** Two that read what the other writes, so that the server has to refuse one. */
  async function writeSkew(
    run: (work: () => Promise<unknown>) => Promise<unknown>,
  ): Promise<{ attempts: number; results: PromiseSettledResult<unknown>[]; slugs: string[] }> {
    const slugs = [newSlug(), newSlug()];
    const bothHaveRead = new Signal();
    let attempts = 0;
    const work = (slug: string) => async () => {
      await app.dataSource.query('SELECT count(*) FROM roles');
      if (++attempts === 2) bothHaveRead.give();
      await bothHaveRead.given;
      await insert(slug);
    };
    const results = await Promise.allSettled(slugs.map((slug) => run(work(slug))));
    return { attempts, results, slugs };
  }

  it('end one of them with a serialization failure', async () => {
    const { results, slugs } = await writeSkew((work) => methods().serializable(work));
    expect(results.filter(({ status }) => status === 'rejected')).toMatchObject([
      { reason: { code: '40001' } },
    ]);
    expect(await existing(database, ...slugs)).toHaveLength(1);
  });

  it('both succeed when the refused one is retried as a whole', async () => {
    const { attempts, results, slugs } = await writeSkew((work) => methods().retried(work));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    expect(attempts).toBeGreaterThan(2);
    expect(await existing(database, ...slugs)).toHaveLength(2);
  });

  it('both succeed after a deadlock, and what the loser had written is there once', async () => {
    const [first, second] = [newSlug(), newSlug()] as const;
    await insert(first);
    await insert(second);
    const bothHaveOne = new Signal();
    let attempts = 0;
    const touch = (mine: string, theirs: string) => () =>
      methods().retriedAtDeadlocks(async () => {
        await app.tools.roles.update({ slug: mine }, { description: `by ${mine}` });
        if (++attempts === 2) bothHaveOne.give();
        await bothHaveOne.given;
        await app.tools.roles.update({ slug: theirs }, { description: `by ${mine}` });
      });
    await Promise.all([touch(first, second)(), touch(second, first)()]);
    expect(attempts).toBe(3);
    expect(await writersOf(database, first)).toHaveLength(3);
    expect(await writersOf(database, second)).toHaveLength(3);
  });

  it('are not retried without the option', async () => {
    let attempts = 0;
    const error = await failure(
      methods().required(async () => {
        attempts++;
        await app.dataSource.query(`DO $$ BEGIN RAISE SQLSTATE '40001'; END $$`);
      }),
    );
    expect([error.code, attempts]).toEqual(['40001', 1]);
  });

  it('give up after as many retries as the option says', async () => {
    let attempts = 0;
    const error = await failure(
      methods().retriedAtDeadlocks(async () => {
        attempts++;
        await app.dataSource.query(`DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$`);
      }),
    );
    expect([error.code, attempts]).toEqual(['40P01', 4]);
  });

  it('are not retried for other errors, including null', async () => {
    let attempts = 0;
    for (const thrown of [new Error('anything'), null, undefined, 'text']) {
      await methods()
        .retriedAtDeadlocks(async () => {
          attempts++;
          // eslint-disable-next-line @typescript-eslint/only-throw-error -- what it is about
          throw thrown;
        })
        .then(
          () => fail('it succeeded'),
          (error: unknown) => expect(error).toBe(thrown),
        );
    }
    expect(attempts).toBe(4);
  });
});
