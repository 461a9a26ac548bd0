import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { useDatabase } from '../../support/database.js';
import { RecordingLogger } from '../../support/recording-logger.js';
import { ann } from '../../support/people.js';
import { useScriptedApp } from '../../support/scripted-app.js';
import { newSlug, writersOf } from '../../support/trail.js';

/** The value that the option `actor` returns, or that a guard sets on the request. */
let given: unknown;

/** An authentication whose users have ids of any kind. */
@Injectable()
class UsersGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    context.switchToHttp().getRequest().user = { id: given };
    return true;
  }
}

const secret = 'secret-of-ann@example.com';

const wrong: [string, unknown, string][] = [
  ['a number', 4711, 'a number'],
  ['a bigint', 4711n, 'a bigint'],
  ['a boolean', false, 'a boolean'],
  ['a symbol', Symbol(secret), 'a symbol'],
  ['a function, whose name would pass for an actor’s', function job() {}, 'a function'],
  ['an empty text', '', 'an empty text'],
  ['a text that is not a UUID', secret, 'a text that is not a UUID'],
  ['an array', [ann], 'an array'],
  ['a user', { id: ann, email: secret }, 'an object with neither userId nor name'],
  ['a user with a name', { id: ann, name: secret }, 'an object with a name and other properties'],
  ['a numeric userId', { userId: 4711 }, 'an object whose userId is not a UUID'],
  ['a blank name', { name: ' ' }, 'an object whose name is not of 1 to 200 characters'],
  ['both', { userId: ann, name: secret }, 'an object with both userId and name'],
];

describe('the value that the option actor returns', () => {
  const database = useDatabase();
  const logger = new RecordingLogger();
  const app = useScriptedApp(database, () => ({
    logger,
    databaseOptions: { actor: () => given as any },
  }));

  it.each(wrong)(
    'is not told as something else where it is %s, nor written to the log',
    async (_what, value, kind) => {
      for (const method of ['GET', 'POST'] as const) {
        given = value;
        logger.clear();
        let handled = false;
        const { status } = await app.request(method, () => (handled = true));
        given = undefined;
        expect([status, handled]).toEqual([500, false]);
        const log = logger.text;
        expect(log).toContain(
          'The option actor (by default request.user.id, and request.user.impersonatedBy) gave ' +
            kind +
            '.',
        );
        expect(log).toContain('DatabaseModule.forRoot({ actor: (request) => … })');
        expect(log).not.toContain(secret);
        expect(log).not.toContain('4711');
      }
    },
  );

  it.each([
    ['a UUID', ann, ann],
    ['a user', { userId: ann, since: 2020 }, ann],
    ['a name', { name: 'user 4711' }, 'user 4711'],
    ['a name beside an undefined id', { name: 'user 4711', userId: undefined }, 'user 4711'],
    ['nothing', undefined, null],
    ['null', null, null],
  ])('is accepted if it is %s', async (_what, value, writer) => {
    const slug = newSlug();
    given = value;
    await app.succeed('POST', ({ roles }) => roles.insert({ slug }));
    given = undefined;
    expect(await writersOf(database, slug)).toEqual([writer]);
  });
});

describe('request.user.id, which the option actor takes by default,', () => {
  const database = useDatabase();
  const logger = new RecordingLogger();
  const app = useScriptedApp(database, () => ({
    logger,
    providers: [{ provide: APP_GUARD, useClass: UsersGuard }],
  }));

  it('is refused, and not ignored, when it is a number', async () => {
    given = 4711;
    let handled = false;
    const { status } = await app.request('GET', () => (handled = true));
    expect([status, handled]).toEqual([500, false]);
    expect(logger.text).toContain('gave a number. An actor is { userId }');
  });
});
