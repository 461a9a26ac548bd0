import { z } from 'zod';
import { stateQuerySchema } from './audit.schemas.js';

const options = {
  dryRun: z.boolean().default(false).describe('Say what would happen, and change nothing.'),
  force: z.boolean().default(false).describe('Overwrite what changed since.'),
  redacted: z
    .enum(['refuse', 'placeholder'])
    .default('refuse')
    .describe('What a deleted row gets for a required value that the trail never kept.'),
};

export const undoSchema = z.strictObject(options);
export type Undo = z.output<typeof undoSchema>;

export const undoTransactionSchema = z.strictObject({
  ...options,
  at: z.string().optional().describe('The time of its entries, where several have its id.'),
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
          .describe('Columns that others changed, or that only move forward: they stay.'),
        lost: z.array(z.string()).describe('Columns whose values the trail never kept.'),
      }),
    )
    .describe('One a record, in the order of execution.'),
});
