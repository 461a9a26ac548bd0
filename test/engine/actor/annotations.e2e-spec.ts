import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type CanActivate } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ActorContext, annotate, AuditService, Role, type Annotation } from '@singr/database';
import { currentAttribution } from '../../../src/engine/actor/actor-context.js';
import { useDatabase } from '../../support/database.js';
import { ann, bob } from '../../support/people.js';
import { failure, useScriptedApp } from '../../support/scripted-app.js';
import { newSlug } from '../../support/trail.js';

/** What the guard annotates a request with. */
let ofGuard: Annotation | undefined;

@Injectable()
class AnnotatingGuard implements CanActivate {
  async canActivate(): Promise<boolean> {
    await sleep(1);
    if (ofGuard !== undefined) annotate(ofGuard);
    return true;
  }
}

describe('the reason of a write', () => {
  const database = useDatabase();
  const app = useScriptedApp(database, {
    providers: [{ provide: APP_GUARD, useClass: AnnotatingGuard }],
  });
  let slugs: string[];

  beforeEach(() => {
    slugs = Array.from({ length: 4 }, () => newSlug());
    ofGuard = undefined;
  });

  const insert = (place: number) => app.tools.roles.insert({ slug: slugs[place]! });
  /** The reasons and details of the roles of this test, in their order. */
  const said = async () => {
    const rows = await database.query<{ slug: string; reason: string; context: object }>(
      `SELECT new_data->>'slug' AS slug, reason, context FROM audit_logs WHERE new_data->>'slug' = ANY ($1)`,
      [slugs],
    );
    return slugs
      .map((slug) => rows.find((row) => row.slug === slug))
      .filter((row) => row !== undefined)
      .map(({ reason, context }) => [reason, context]);
  };

  describe('given to ActorContext.run()', () => {
    it('is recorded with the details, and ends with it', async () => {
      await ActorContext.run({ userId: ann }, async () => {
        await ActorContext.run(
          { userId: bob },
          { reason: 'by phone', ticket: '4711', tags: ['a', { b: 1 }] },
          () => insert(0),
        );
        await insert(1);
      });
      expect(await said()).toEqual([
        ['by phone', { ticket: '4711', tags: ['a', { b: 1 }] }],
        [null, null],
      ]);
      const { entries } = await app.app.get(AuditService).history({ entity: Role, limit: 2 });
      expect(entries.map(({ reason, context }) => [reason, context])).toEqual([
        [null, null],
        ['by phone', { ticket: '4711', tags: ['a', { b: 1 }] }],
      ]);
    });

    it('adds to those of the scope around it, and null removes one', async () => {
      await ActorContext.run({ userId: ann }, { reason: 'outer', ticket: '1', shift: 2 }, () =>
        ActorContext.run({ userId: bob }, { reason: 'inner', ticket: null }, async () => {
          await insert(0);
          await ActorContext.run({ userId: bob }, { reason: null }, () => insert(1));
        }),
      );
      expect(await said()).toEqual([
        ['inner', { shift: 2 }],
        [null, { shift: 2 }],
      ]);
    });

    it('is a copy: a later change of the object has no effect', async () => {
      const annotation = { reason: 'then', detail: { value: 1 } };
      await ActorContext.run({ userId: ann }, annotation, async () => {
        annotation.reason = 'now';
        annotation.detail.value = 2;
        await insert(0);
      });
      expect(await said()).toEqual([['then', { detail: { value: 1 } }]]);
    });
  });

  describe('given to annotate()', () => {
    it('holds for what follows in the request, and not before it', async () => {
      await app.succeed('POST', async () => {
        await insert(0);
        annotate({ reason: 'cleaned up', ticket: '1' });
        await insert(1);
        annotate({ ticket: '2' });
        await app.dataSource.transaction(() => insert(2));
      });
      await app.succeed('POST', () => insert(3));
      expect(await said()).toEqual([
        [null, null],
        ['cleaned up', { ticket: '1' }],
        ['cleaned up', { ticket: '2' }],
        [null, null],
      ]);
    });

    it.each([
      ['after their first await', (place: number) => sleep(place)],
      ['at once', () => undefined],
    ])('does not leak between branches that annotate %s', async (_when, before) => {
      await app.succeed('POST', () =>
        Promise.all(
          [0, 1, 2].map(async (place) => {
            const wait = before(place);
            if (wait !== undefined) await wait;
            annotate({ reason: `branch ${place}` });
            await sleep(3 - place);
            await insert(place);
          }),
        ),
      );
      expect((await said()).map(([reason]) => reason)).toEqual([
        'branch 0',
        'branch 1',
        'branch 2',
      ]);
    });

    it('with a function ends with it, also in a branch that annotates at once', async () => {
      await app.succeed('POST', async () => {
        await Promise.all([
          annotate({ reason: 'first', ticket: '1' }, () => sleep(2).then(() => insert(0))),
          annotate({ reason: 'second' }, () => insert(1)),
          insert(2),
        ]);
        await insert(3);
      });
      expect(await said()).toEqual([
        ['first', { ticket: '1' }],
        ['second', null],
        [null, null],
        [null, null],
      ]);
    });

    it('in a guard holds for the whole request, and for no other', async () => {
      ofGuard = { reason: 'signed', ticket: '1' };
      await app.succeed('POST', () => insert(0), { user: ann });
      ofGuard = undefined;
      await app.succeed('POST', () => insert(1), { user: ann });
      expect(await said()).toEqual([
        ['signed', { ticket: '1' }],
        [null, null],
      ]);
    });

    it('keeps the actor, also when that changes later', async () => {
      await app.succeed(
        'POST',
        async () => {
          annotate({ reason: 'signing in' });
          await insert(0);
          ActorContext.set({ userId: bob });
          await insert(1);
        },
        { user: ann },
      );
      const rows = await database.query(
        `SELECT user_id, reason FROM audit_logs WHERE new_data->>'slug' = ANY ($1) ORDER BY sequence`,
        [slugs],
      );
      expect(rows).toEqual([
        { user_id: ann, reason: 'signing in' },
        { user_id: bob, reason: 'signing in' },
      ]);
    });

    it('makes one attribution, because another object would be sent to PostgreSQL again', async () => {
      await ActorContext.run({ userId: ann }, { ticket: '1' }, async () => {
        for (let time = 0; time < 100; time++) annotate({ reason: 'many' });
        const attribution = currentAttribution();
        await insert(0);
        expect(currentAttribution()).toBe(attribution);
      });
      expect(await said()).toEqual([['many', { ticket: '1' }]]);
    });

    it('is carried by bind(), and left behind by exit()', async () => {
      await ActorContext.run({ userId: ann }, async () => {
        annotate({ reason: 'bound' });
        const later = ActorContext.bind(() => insert(0));
        await ActorContext.exit(() => insert(1));
        annotate({ reason: 'after' });
        await later();
      });
      expect((await said()).map(([reason]) => reason)).toEqual(['bound', null]);
    });

    it('without a function is refused outside every context', async () => {
      const error = await failure((async () => annotate({ reason: 'nobody' }))());
      expect(error).toMatchObject({ code: 'NO_ACTOR_CONTEXT' });
      await annotate({ reason: 'nobody' }, () => insert(0));
      expect(await said()).toEqual([['nobody', null]]);
    });
  });

  it.each([
    ['no object', 'reason', 'INVALID_ANNOTATION'],
    ['an empty reason', { reason: ' ' }, 'INVALID_ANNOTATION'],
    ['a reason that is a number', { reason: 4711 }, 'INVALID_ANNOTATION'],
    ['a long reason', { reason: 'x'.repeat(501) }, 'INVALID_ANNOTATION'],
    ['long details', { note: 'x'.repeat(9001) }, 'INVALID_ANNOTATION'],
    ['a bigint', { ticket: 4711n }, 'INVALID_ANNOTATION'],
    ['a NUL in the reason', { reason: 'a\0b' }, 'INVALID_TEXT'],
    ['a NUL in a detail', { note: { inner: 'a\0b' } }, 'INVALID_TEXT'],
    ['half a character', { note: '\ud800' }, 'INVALID_TEXT'],
  ])('is refused if the annotation is %s', async (_what, annotation, code) => {
    const work = async () => ActorContext.run({ userId: ann }, annotation as any, () => insert(0));
    expect(await failure(work())).toMatchObject({ code });
    expect(await said()).toEqual([]);
  });
});
