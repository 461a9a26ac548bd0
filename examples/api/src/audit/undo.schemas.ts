import { z } from 'zod';
import { stateQuerySchema } from './audit.schemas.js';

const options = {
  reason: z
    .string()
    .trim()
    .min(1)
    .max(500)
    .optional()
    .describe('Why, for the entries that the undo makes.'),
  dryRun: z.boolean().default(false).describe('Return the changes without making them.'),
  force: z.boolean().default(false).describe('Overwrite later changes.'),
  redacted: z
    .enum(['refuse', 'placeholder'])
    .default('refuse')
    .describe(
      'How to fill required columns of a deleted row whose values the trail does not keep.',
    ),
};

export const undoSchema = z.strictObject(options);
export type Undo = z.output<typeof undoSchema>;

export const undoTransactionSchema = z.strictObject({
  ...options,
  at: z
    .string()
    .optional()
    .describe('The time of the transaction’s entries, if several transactions have its id.'),
});
export type UndoTransaction = z.output<typeof undoTransactionSchema>;

export const restoreSchema = z.strictObject({ ...stateQuerySchema.shape, ...options });
export type Restore = z.output<typeof restoreSchema>;

export const undoResultSchema = z.object({
  dryRun: z.boolean(),
  steps: z
    .array(
      z.object({
        action: z.enum(['insert', 'update', 'delete', 'none']),
        table: z.string(),
        recordId: z.string(),
        columns: z.array(z.string()).describe('The columns that are set.'),
        kept: z
          .array(z.string())
          .describe(
            'Columns that are kept, because others changed them or because they only count up.',
          ),
        lost: z.array(z.string()).describe('Columns whose values the trail does not keep.'),
      }),
    )
    .describe('One for each record, in the order of execution.'),
});
