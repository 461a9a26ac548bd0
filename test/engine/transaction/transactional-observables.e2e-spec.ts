import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { NoTransaction, Role, Transactional } from '@singr/database';
import {
  concat,
  defer,
  firstValueFrom,
  lastValueFrom,
  NEVER,
  Observable,
  tap,
  toArray,
} from 'rxjs';
import type { Repository } from 'typeorm';
import { ann } from '../../support/people.js';
import { failure, useScriptedApp } from '../../support/scripted-app.js';
import { existing, newSlug, trailOf, writersOf } from '../../support/trail.js';
import { useDatabase } from '../../support/database.js';
import { until } from './control.js';

/** Methods that return Observables, each of which writes its slugs one after another. */
@Injectable()
class Streams {
  calls = 0;

  constructor(@InjectRepository(Role) private readonly roles: Repository<Role>) {}

  private insertEach(slugs: string[]): Observable<string> {
    const insert = (slug: string) => defer(() => this.roles.insert({ slug }).then(() => slug));
    return concat(...slugs.map(insert));
  }

  @Transactional()
  add(...slugs: string[]): Observable<string> {
    this.calls++;
    return this.insertEach(slugs);
  }

  @Transactional()
  addAndWait(...slugs: string[]): Observable<string> {
    return concat(this.insertEach(slugs), NEVER);
  }

  @Transactional({ propagation: 'NESTED' })
  addNested(...slugs: string[]): Observable<string> {
    return this.insertEach(slugs);
  }

  @Transactional({ propagation: 'NESTED' })
  addNestedAndWait(...slugs: string[]): Observable<string> {
    return concat(this.insertEach(slugs), NEVER);
  }

  @Transactional({ propagation: 'MANDATORY' })
  mandatory(slug: string): Observable<string> {
    return this.insertEach([slug]);
  }

  @NoTransaction()
  addOutside(...slugs: string[]): Observable<string> {
    return this.insertEach(slugs);
  }

  // What compiles without the metadata of types: nothing says that this is an Observable.
  @Transactional()
  undeclared(slug: string) {
    return this.insertEach([slug]);
  }
}

describe('@Transactional() on a method that returns an Observable', () => {
  const database = useDatabase();
  const app = useScriptedApp(database, { providers: [Streams] });
  const streams = () => app.app.get(Streams);
  let slugs: [string, string];
  beforeEach(() => (slugs = [newSlug(), newSlug()]));
  const written = () => existing(database, ...slugs);

  it('rolls back one that fails', async () => {
    await failure(lastValueFrom(streams().add(slugs[0], slugs[0])));
    expect(await written()).toEqual([]);
  });

  it('does not pass on the last value before the commit', async () => {
    const seen = await lastValueFrom(
      streams()
        .add(...slugs)
        .pipe(tap({ complete: () => undefined }), toArray()),
    );
    expect(seen).toEqual(slugs);
    const rows = await database.query(
      `SELECT DISTINCT transaction_id FROM audit_logs WHERE new_data ->> 'slug' = ANY ($1)`,
      [slugs],
    );
    expect(rows).toHaveLength(1);
    expect(await written()).toHaveLength(2);
  });

  it('does nothing before it is subscribed to, and runs again for each subscriber', async () => {
    const before = streams().calls;
    const added = streams().add(slugs[0]);
    expect(streams().calls).toBe(before);
    await lastValueFrom(added);
    await failure(lastValueFrom(added));
    expect(streams().calls).toBe(before + 2);
    expect(await written()).toEqual([slugs[0]]);
  });

  it('rolls back when the subscriber unsubscribes', async () => {
    expect(await firstValueFrom(streams().addAndWait(...slugs))).toBe(slugs[0]);
    await until(() => app.connectionsInUse === 0);
    expect(await written()).toEqual([]);
  });

  it('does not undo the transaction around it when a subscriber leaves', async () => {
    await app.succeed(
      'POST',
      async () => void (await firstValueFrom(streams().addAndWait(...slugs))),
      { user: ann },
    );
    expect(await writersOf(database, slugs[0])).toEqual([ann]);
  });

  it('undoes only its savepoint when a nested one fails, or its subscriber leaves', async () => {
    const [third] = [newSlug()];
    await app.succeed(
      'POST',
      async ({ roles }) => {
        await failure(lastValueFrom(streams().addNested(slugs[0], slugs[0])));
        await firstValueFrom(streams().addNestedAndWait(...slugs));
        await roles.insert({ slug: third });
      },
      { user: ann },
    );
    expect(await written()).toEqual([]);
    expect(await writersOf(database, third)).toEqual([ann]);
  });

  it('sends an error to its subscriber, and not to its caller', async () => {
    const mandatory = streams().mandatory(slugs[0]);
    expect(await failure(lastValueFrom(mandatory))).toMatchObject({ code: 'TRANSACTION_REQUIRED' });
  });

  it('is refused if the declared type is not Observable', async () => {
    const error = expect.objectContaining({
      code: 'TRANSACTIONAL_METHOD',
      message: expect.stringContaining(
        'undeclared() returns an Observable, and is not declared to',
      ),
    });
    expect(() => streams().undeclared(slugs[0])).toThrow(error);
    await app.succeed('POST', () => lastValueFrom(streams().undeclared(slugs[0])), { user: ann });
    expect(await writersOf(database, slugs[0])).toEqual([ann]);
  });

  it('lets each write of one with @NoTransaction() commit by itself', async () => {
    await app.request('POST', () => lastValueFrom(streams().addOutside(slugs[0], slugs[0])), {
      user: ann,
    });
    expect(await trailOf(database, slugs[0])).toMatchObject([{ writer: ann }]);
  });
});

describe('@Transactional() on a method that returns neither a promise nor an Observable', () => {
  const database = useDatabase();
  const app = useScriptedApp(database);

  class Roles {
    // @ts-expect-error: neither a promise nor an Observable
    @Transactional()
    count(): number {
      return 1;
    }
  }

  it('is refused by the compiler, and when it is called', () => {
    expect(app.dataSource.isInitialized).toBe(true);
    expect(() => new Roles().count()).toThrow(
      expect.objectContaining({
        code: 'TRANSACTIONAL_METHOD',
        message: expect.stringContaining('count() returns neither a promise nor an Observable'),
      }),
    );
  });

  it.each([
    ['an accessor', { get: () => 1 }],
    ['a property', undefined],
  ])('is refused on %s when its class is made', (_what, descriptor) => {
    const decorate = Transactional() as Function;
    expect(() => decorate(class {}.prototype, 'total', descriptor)).toThrow(
      expect.objectContaining({ code: 'TRANSACTIONAL_METHOD' }),
    );
  });
});
