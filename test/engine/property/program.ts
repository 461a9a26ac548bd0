import fc from 'fast-check';
import { crossings, type Crossing } from './loose-writes.js';

export const insertWays = [
  'save',
  'repository.insert',
  'repository.upsert',
  'manager.save',
  'query builder',
  'raw',
  'raw WITH',
] as const;
export const changeWays = [
  'save',
  'repository.update',
  'query builder',
  'raw',
  'after a lazy relation',
] as const;
export const removeWays = ['remove', 'repository.delete', 'query builder', 'raw'] as const;

export interface Insert {
  readonly do: 'insert';
  readonly way: (typeof insertWays)[number];
}

/** One row written. */
export type Write =
  | Insert
  | { readonly do: 'change'; readonly way: (typeof changeWays)[number]; readonly row: number }
  | { readonly do: 'remove'; readonly way: (typeof removeWays)[number]; readonly row: number };

export const runnerEnds = ['committed', 'rolled back', 'released'] as const;
export type RunnerEnd = (typeof runnerEnds)[number];

/** The steps of a handler. */
export type Step =
  | Write
  | { readonly do: 'pause'; readonly ms: number }
  /** A row written by an effect of the transaction, or at once where there is none. */
  | { readonly do: 'afterCommit' }
  /** A nested transaction; with `fails` it throws at its end, and its caller goes on. */
  | { readonly do: 'nested'; readonly steps: readonly Step[]; readonly fails: boolean }
  /** A nested transaction that a refused statement ends. */
  | { readonly do: 'conflict' }
  /** Transaction by hand, on a query runner of the handler's own; `released` leaves it to nobody to end it. */
  | { readonly do: 'runner'; readonly writes: readonly Write[]; readonly end: RunnerEnd }
  /** A stream whose listener writes a row for each that it gets. */
  | { readonly do: 'stream'; readonly inserts: readonly Insert[] }
  /** A row written by way of what all requests share, bound to this one, which waits for it. */
  | { readonly do: 'bound'; readonly crossing: Crossing; readonly write: Write }
  /** The same without either: whose context it comes to run in is a matter of luck. */
  | { readonly do: 'loose'; readonly crossing: Crossing }
  | { readonly do: 'together'; readonly branches: readonly (readonly Step[])[] }
  | { readonly do: 'as'; readonly actor: number; readonly steps: readonly Step[] }
  | { readonly do: 'throw' };

export interface Program {
  readonly method: 'POST' | 'GET';
  readonly steps: readonly Step[];
  /** When the client goes away, in milliseconds. */
  readonly abortAfter: number | undefined;
  /** When the application gives up on the handler, in milliseconds. */
  readonly timeoutAfter: number | undefined;
}

export interface ProgramShape {
  readonly steps: number;
  readonly actors: number;
}

const row = fc.nat({ max: 20 });

const insert: fc.Arbitrary<Insert> = fc.record({
  do: fc.constant('insert' as const),
  way: fc.constantFrom(...insertWays),
});

const write: fc.Arbitrary<Write> = fc.oneof(
  { weight: 3, arbitrary: insert },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('change' as const),
      way: fc.constantFrom(...changeWays),
      row,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('remove' as const),
      way: fc.constantFrom(...removeWays),
      row,
    }),
  },
);

export function programs({ steps: length, actors }: ProgramShape): fc.Arbitrary<Program> {
  const pause = fc.record({ do: fc.constant('pause' as const), ms: fc.nat({ max: 4 }) });
  const runner = fc.record({
    do: fc.constant('runner' as const),
    writes: fc.array(write, { minLength: 1, maxLength: 3 }),
    end: fc.constantFrom(...runnerEnds),
  });
  const stream = fc.record({
    do: fc.constant('stream' as const),
    inserts: fc.array(insert, { minLength: 1, maxLength: 3 }),
  });
  const crossing = fc.constantFrom(...crossings);
  const bound = fc.record({ do: fc.constant('bound' as const), crossing, write });
  const loose = fc.record({ do: fc.constant('loose' as const), crossing });
  const { step } = fc.letrec<{ step: Step; steps: Step[] }>((tie) => ({
    steps: fc.array(tie('step'), { minLength: 1, maxLength: 4 }),
    step: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 10, arbitrary: write },
      { weight: 1, arbitrary: pause },
      { weight: 1, arbitrary: fc.constant({ do: 'afterCommit' as const }) },
      { weight: 1, arbitrary: fc.constant({ do: 'conflict' as const }) },
      { weight: 1, arbitrary: runner },
      { weight: 1, arbitrary: stream },
      { weight: 1, arbitrary: bound },
      { weight: 1, arbitrary: loose },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constant('nested' as const),
          steps: tie('steps'),
          fails: fc.boolean(),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constant('together' as const),
          branches: fc.array(tie('steps'), { minLength: 2, maxLength: 3 }),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constant('as' as const),
          actor: fc.nat({ max: actors - 1 }),
          steps: tie('steps'),
        }),
      },
    ),
  }));
  const usually = <T>(usual: T, otherwise: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: otherwise });
  return fc
    .record({
      method: fc.constantFrom('POST' as const, 'POST' as const, 'GET' as const),
      steps: fc.array(step, { minLength: Math.ceil(length / 2), maxLength: length, size: 'max' }),
      throws: usually(false, fc.constant(true)),
      abortAfter: usually<number | undefined>(undefined, fc.integer({ min: 1, max: 40 })),
      timeoutAfter: usually<number | undefined>(undefined, fc.integer({ min: 1, max: 40 })),
    })
    .map(({ throws, steps, ...program }) => ({
      ...program,
      steps: throws ? [...steps, { do: 'throw' as const }] : steps,
    }));
}

/** Whether part of what the steps do is undone before they end. */
export function mayFallBack(steps: readonly Step[]): boolean {
  return steps.some((step) => {
    switch (step.do) {
      case 'conflict':
        return true;
      case 'nested':
        return step.fails || mayFallBack(step.steps);
      case 'as':
        return mayFallBack(step.steps);
      case 'together':
        return step.branches.some(mayFallBack);
      default:
        return false;
    }
  });
}
