import { z } from 'zod';

export const auditQuerySchema = z.strictObject({
  before: z
    .string()
    .regex(/^\d{1,18}$/, { error: 'takes the sequence of an entry' })
    .optional()
    .describe('Only entries before the one with this sequence: the next page.'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type AuditQuery = z.output<typeof auditQuerySchema>;

const image = z.record(z.string(), z.unknown()).nullable();

export const auditEntrySchema = z.object({
  sequence: z.string().describe('The order of writing, as a decimal string.'),
  at: z.iso.datetime().describe('When the transaction began.'),
  operation: z
    .string()
    .describe("INSERT, UPDATE or DELETE, or the name of an application's own action.")
    .meta({ example: 'UPDATE' }),
  actor: z
    .object({
      userId: z.uuid().nullable(),
      email: z.string().nullable().describe("The user's address; null when the user is gone."),
      name: z.string().nullable().describe('The name of an actor who is no user, such as `seed`.'),
    })
    .describe('Who did it.'),
  changedColumns: z.array(z.string()).nullable(),
  oldData: image.describe('The row before; null for an INSERT.'),
  newData: image.describe('The row after; null for a DELETE.'),
  requestId: z.string().nullable(),
  route: z.string().nullable().meta({ example: 'PATCH /venues/:id' }),
});

export const auditTrailSchema = z.array(auditEntrySchema);
