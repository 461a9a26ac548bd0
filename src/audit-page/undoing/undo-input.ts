import * as v from 'valibot';

/** PostgreSQL cannot store a NUL character. */
const noNul = v.check((given: string) => !given.includes('\0'), 'has a NUL character');
const text = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(1000), noNul);
const digits = v.pipe(v.string(), v.regex(/^\d{1,18}$/, 'takes a number as text'));
const flag = v.optional(v.nullable(v.boolean()), false);

const common = {
  dryRun: flag,
  force: flag,
  redacted: v.optional(v.nullable(v.picklist(['refuse', 'placeholder']))),
  reason: v.optional(v.nullable(v.pipe(v.string(), v.trim(), v.maxLength(500), noNul))),
};

const columns = v.optional(v.nullable(v.pipe(v.array(text), v.minLength(1), v.maxLength(500))));

export const undoSchema = v.strictObject({
  ...common,
  sequence: v.optional(v.nullable(digits)),
  transaction: v.optional(v.nullable(digits)),
  at: v.optional(v.nullable(text)),
  request: v.optional(v.nullable(text)),
  columns,
});

export const restoreSchema = v.strictObject({
  ...common,
  table: text,
  id: text,
  moment: text,
  columns,
});

export const restoreGroupSchema = v.strictObject({
  ...common,
  tables: v.pipe(v.array(text), v.minLength(1), v.maxLength(100)),
  where: v.optional(
    v.nullable(v.record(text, v.union([v.pipe(v.string(), noNul), v.number(), v.boolean()]))),
  ),
  moment: text,
});

export type UndoInput = v.InferOutput<typeof undoSchema>;
export type RestoreInput = v.InferOutput<typeof restoreSchema>;
export type RestoreGroupInput = v.InferOutput<typeof restoreGroupSchema>;

/** The engine's options from the input, in which null is as good as absent. */
export function undoOptions({ dryRun, force, redacted, reason }: Omit<UndoInput, 'sequence'>) {
  return {
    dryRun: dryRun ?? false,
    force: force ?? false,
    ...(redacted ? { redacted } : {}),
    ...(reason ? { reason } : {}),
  };
}
