import fc from 'fast-check';

export const insertWays = [
  'save',
  'repository.insert',
  'repository.upsert',
  'manager.save',
  'query builder',
  'raw',
  'raw WITH',
] as const;
export const changeWays = ['save', 'repository.update', 'query builder', 'raw'] as const;
export const removeWays = ['remove', 'repository.delete', 'query builder', 'raw'] as const;

/** One row written. */
export type Write =
  | { readonly do: 'insert'; readonly way: (typeof insertWays)[number] }
  | { readonly do: 'change'; readonly way: (typeof changeWays)[number]; readonly row: number }
  | { readonly do: 'remove'; readonly way: (typeof removeWays)[number]; readonly row: number };

/** What a handler does, step by step. */
export type Step =
  | Write
  | { readonly do: 'pause'; readonly ms: number }
  /** A row written by an effect of the transaction, or at once where there is none. */
  | { readonly do: 'afterCommit' }
  /** A nested transaction; with `fails` it throws at its end, and its caller goes on. */
  | { readonly do: 'nested'; readonly steps: readonly Step[]; readonly fails: boolean }
  /** A nested transaction that a refused statement ends. */
  | { readonly do: 'conflict' }
  /** Transaction by hand, on a query runner of the handler's own. */
  | { readonly do: 'runner'; readonly writes: readonly Write[]; readonly commits: boolean }
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

const write: fc.Arbitrary<Write> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('insert' as const),
      way: fc.constantFrom(...insertWays),
    }),
  },
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
    commits: fc.boolean(),
  });
  const { step } = fc.letrec<{ step: Step; steps: Step[] }>((tie) => ({
    steps: fc.array(tie('step'), { minLength: 1, maxLength: 4 }),
    step: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 10, arbitrary: write },
      { weight: 1, arbitrary: pause },
      { weight: 1, arbitrary: fc.constant({ do: 'afterCommit' as const }) },
      { weight: 1, arbitrary: fc.constant({ do: 'conflict' as const }) },
      { weight: 1, arbitrary: runner },
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
