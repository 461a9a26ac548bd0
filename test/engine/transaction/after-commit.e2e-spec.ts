import { RequestTimeoutException, type CallHandler, type ExecutionContext } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { ActorContext, afterCommit } from '@singr/database';
import { setTimeout as sleep } from 'node:timers/promises';
import { catchError, throwError, timeout } from 'rxjs';
import { ann, bob } from '../../support/people.js';
import { failure, useScriptedApp } from '../../support/scripted-app.js';
import { existing, newSlug, writersOf } from '../../support/trail.js';
import { useDatabase } from '../../support/database.js';
import { until } from './control.js';
import { retrying } from './retrying.js';

const impatient = {
  intercept: (context: ExecutionContext, next: CallHandler) => {
    const patienceMs = context.switchToHttp().getRequest().headers['x-patience'];
    if (patienceMs === undefined) return next.handle();
    return next.handle().pipe(
      timeout(Number(patienceMs)),
      catchError(() => throwError(() => new RequestTimeoutException())),
    );
  },
};

describe('afterCommit()', () => {
  const database = useDatabase();
  const app = useScriptedApp(database, {
    providers: [{ provide: APP_INTERCEPTOR, useValue: impatient }],
  });
  const insert = (slug: string) => app.tools.roles.insert({ slug });
  let done: string[] = [];
  const note = (text: string) => () => done.push(text);

  beforeEach(() => {
    done = [];
  });

  it('calls effects in the order of registration, once others can see what was written, and before the response', async () => {
    const slug = newSlug();
    await app.succeed('POST', async () => {
      await afterCommit(async () => {
        done.push(`first, when ${(await existing(database, slug)).length} row is there`);
      });
      await insert(slug);
      await afterCommit(note('second'));
      done.push('the handler');
    });
    expect(done).toEqual(['the handler', 'first, when 1 row is there', 'second']);
  });

  it('never calls an effect of a transaction that was rolled back', async () => {
    await app.request('POST', async () => {
      await insert(newSlug());
      await afterCommit(note('an e-mail about nothing'));
      throw new Error('as planned');
    });
    expect(done).toEqual([]);
  });

  it('never calls an effect of a handler that timed out, even if it finishes later', async () => {
    let ended = false;
    const { status } = await app.request(
      'POST',
      async () => {
        await insert(newSlug());
        await afterCommit(note('an e-mail about nothing'));
        await sleep(120);
        ended = true;
      },
      { headers: { 'x-patience': '40' } },
    );
    expect(status).toBe(408);
    await until(() => ended);
    await sleep(30);
    expect(done).toEqual([]);
  });

  it('never calls an effect when the time-out comes while the commit waits for an operation under way', async () => {
    const { status } = await app.request(
      'POST',
      async ({ dataSource }) => {
        await insert(newSlug());
        await afterCommit(note('an e-mail about nothing'));
        // Never released: the end of the transaction waits a second for it.
        await dataSource.createQueryRunner().query('SELECT 1');
      },
      { headers: { 'x-patience': '40' } },
    );
    expect(status).toBe(408);
    await sleep(1300);
    expect(done).toEqual([]);
  });

  it('never calls an effect of a transaction whose commit fails', async () => {
    await database.query(
      `CREATE TABLE promises (id int PRIMARY KEY REFERENCES promises (id) DEFERRABLE INITIALLY DEFERRED,
         other int REFERENCES promises (id) DEFERRABLE INITIALLY DEFERRED)`,
    );
    const { status } = await app.request('POST', async ({ dataSource }) => {
      await afterCommit(note('an e-mail about nothing'));
      await dataSource.query('INSERT INTO promises VALUES (1, 2)');
    });
    expect([status, done]).toEqual([500, []]);
  });

  describe('during COMMIT', () => {
    // The request that gives up, and the effect that comes late, do so while the server takes its time.
    const commitThat = async (ends: 'succeeds' | 'fails'): Promise<string> => {
      await database.query(
        `CREATE TABLE IF NOT EXISTS ${ends} (id int);
         CREATE FUNCTION ${ends}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
           PERFORM pg_sleep(0.6);
           IF '${ends}' = 'fails' THEN RAISE 'as planned'; END IF;
           RETURN NULL;
         END $$;
         CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON ${ends} DEFERRABLE INITIALLY DEFERRED
           FOR EACH ROW EXECUTE FUNCTION ${ends}()`,
      );
      return `INSERT INTO ${ends} VALUES (1)`;
    };

    it('a timeout is too late: the effects are called, and may write', async () => {
      const slow = await commitThat('succeeds');
      const [slug, written] = [newSlug(), newSlug()] as const;
      const { status } = await app.request(
        'POST',
        async ({ dataSource }) => {
          await insert(slug);
          await dataSource.query(slow);
          await afterCommit(() => insert(written).then(note('written'), note('refused')));
        },
        { headers: { 'x-patience': '250' } },
      );
      await until(() => done.length > 0);
      expect([status, done]).toEqual([408, ['written']]);
      expect(await existing(database, slug, written)).toEqual([slug, written].sort());
    });

    it('an effect that is registered late waits for the result, and is not called after a failure', async () => {
      const slow = await commitThat('fails');
      let registered = Promise.resolve();
      const { status } = await app.request('POST', async ({ dataSource }) => {
        await dataSource.query(slow);
        registered = sleep(100).then(() => afterCommit(note('an e-mail about nothing')));
      });
      await registered;
      expect([status, done]).toEqual([500, []]);
    });
  });

  it('never calls an effect of a failed nested transaction, and those of the others in order', async () => {
    await app.succeed('POST', async ({ dataSource }) => {
      await afterCommit(note('outer, before'));
      await dataSource.transaction(() => afterCommit(note('nested')));
      await failure(
        dataSource.transaction(async () => {
          await insert(newSlug());
          await afterCommit(note('of the failed one'));
          throw new Error('as planned');
        }),
      );
      await afterCommit(note('outer, after'));
      expect(done).toEqual([]);
    });
    expect(done).toEqual(['outer, before', 'nested', 'outer, after']);
  });

  it('calls an effect once when the transaction succeeds at the second attempt', async () => {
    let attempts = 0;
    await retrying(async () => {
      attempts++;
      await afterCommit(note(`attempt ${attempts}`));
      if (attempts === 1) await app.dataSource.query(`DO $$ BEGIN RAISE SQLSTATE '40001'; END $$`);
    });
    expect(done).toEqual(['attempt 2']);
  });

  it('only logs an effect that fails: the transaction is committed, and the next effects are called', async () => {
    const slug = newSlug();
    await app.succeed('POST', async () => {
      await insert(slug);
      await afterCommit(() => {
        throw new Error('the mail server is down');
      });
      await afterCommit(note('next'));
    });
    expect(done).toEqual(['next']);
    expect(await existing(database, slug)).toEqual([slug]);
  });

  it('survives an effect that throws null', async () => {
    await app.succeed('POST', async () => {
      await insert(newSlug());
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what it is about
      await afterCommit(() => Promise.reject(null));
      await afterCommit(note('next'));
    });
    expect(done).toEqual(['next']);
  });

  it('calls an effect at once where there is no transaction', async () => {
    await app.succeed('GET', async () => {
      await afterCommit(note('at once'));
      done.push('the handler');
    });
    expect(done).toEqual(['at once', 'the handler']);
  });

  it('attributes the writes of an effect to the actor that registered it', async () => {
    const [mine, theirs] = [newSlug(), newSlug()] as const;
    await app.succeed(
      'POST',
      async () => {
        await insert(newSlug());
        await afterCommit(() => insert(mine));
        await ActorContext.run({ userId: bob }, () => afterCommit(() => insert(theirs)));
      },
      { user: ann },
    );
    expect(await writersOf(database, mine)).toEqual([ann]);
    expect(await writersOf(database, theirs)).toEqual([bob]);
  });

  it('has given the connection back when it calls effects', async () => {
    const inUse: number[] = [];
    await app.succeed('POST', async () => {
      await insert(newSlug());
      await afterCommit(() => inUse.push(app.connectionsInUse));
    });
    expect(inUse).toEqual([0]);
  });
});
