import { z } from 'zod';

const sequence = z.string().regex(/^\d{1,18}$/, { error: 'takes the sequence of an entry' });

/** It is a text, because a `Date` would lose the microseconds of the trail. */
const time = z.iso
  .datetime({ offset: true, error: 'takes a time in ISO 8601, such as 2026-11-01T12:00:00Z' })
  .meta({ example: '2026-11-01T12:00:00Z' });

const image = z.record(z.string(), z.unknown()).nullable();

export const auditQuerySchema = z.strictObject({
  before: sequence
    .optional()
    .describe('Only entries before the one with this sequence, for the next page.'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type AuditQuery = z.output<typeof auditQuerySchema>;

export const recordsQuerySchema = z.strictObject({
  tenant: z
    .uuid()
    .optional()
    .describe('Only records of this customer. Customers see their own in any case.'),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});
export type RecordsQuery = z.output<typeof recordsQuerySchema>;

export const stateQuerySchema = z.strictObject({ time });
export type StateQuery = z.output<typeof stateQuerySchema>;

const moment = z
  .union([sequence, time], { error: 'takes a time in ISO 8601, or the sequence of an entry' })
  .describe('A time in ISO 8601, or the sequence of an entry, which means the state after it.');

export const diffQuerySchema = z.strictObject({ from: moment, to: moment });
export type DiffQuery = z.output<typeof diffQuerySchema>;

const person = {
  userId: z.uuid().nullable(),
  email: z.string().nullable().describe("The user's address; null when the user was deleted."),
  userName: z.string().nullable().describe("The user's own name."),
};

export const actorSchema = z
  .object({
    ...person,
    onBehalfOf: z.object(person).nullable().describe('The user whom the actor acted for.'),
    name: z.string().nullable().describe('The name of an actor who is not a user, such as `seed`.'),
  })
  .describe('The actor of the change. All fields are null when no actor was set.');

export const changeSchema = z.object({
  column: z.string(),
  from: z.unknown(),
  to: z.unknown(),
  redacted: z
    .boolean()
    .describe('The values are redacted; the trail only records that the column changed.'),
  paths: z
    .array(z.object({ path: z.string(), from: z.unknown(), to: z.unknown() }))
    .optional()
    .describe('What changed within a JSON value.')
    .meta({ example: [{ path: '$.hours[0]', from: 18, to: 19 }] }),
});

export const auditEntrySchema = z.object({
  sequence: z.string().describe('The order of writing, as a decimal string.'),
  at: z.iso.datetime().describe('The start of the transaction, to the microsecond.'),
  operation: z
    .string()
    .describe("INSERT, UPDATE or DELETE, or the name of an application's own action.")
    .meta({ example: 'UPDATE' }),
  actor: actorSchema,
  changedColumns: z.array(z.string()).nullable().describe('Of an UPDATE.'),
  changes: z.array(changeSchema).describe('The changes by column.'),
  oldData: image.describe('The row before; null for an INSERT.'),
  newData: image.describe('The row after; null for a DELETE.'),
  reason: z.string().nullable().describe('Why the change was made.'),
  context: image.describe('Other details of the change.'),
  requestId: z.string().nullable(),
  route: z.string().nullable().meta({ example: 'PATCH /venues/:id' }),
  transactionId: z.string().describe('The id of the transaction.'),
  undoes: z.string().nullable().describe('The sequence of the entry that this one undid.'),
});

export const auditTrailSchema = z.array(auditEntrySchema);

export const auditTablesSchema = z.array(z.string()).meta({ example: ['venues'] });

export const auditRecordsSchema = z.array(
  z.object({
    id: z.string().describe('The primary key; of several columns a JSON object.'),
    label: z.string().nullable().describe('A name for the record, such as its `name`.'),
    operation: z.string(),
    at: z.iso.datetime(),
    actor: actorSchema,
  }),
);

export const stateSchema = z.object({
  table: z.string(),
  id: z.string(),
  time,
  state: image.describe('The record by column; null before it existed and after it was deleted.'),
});

const blamedSchema = auditEntrySchema
  .pick({ sequence: true, at: true, operation: true, actor: true, reason: true, undoes: true })
  .nullable();

export const blameSchema = z.array(
  z.object({
    column: z.string(),
    value: z.unknown(),
    redacted: z.boolean(),
    entry: blamedSchema.describe('The entry that last set it; null if the trail has none.'),
    original: blamedSchema.describe('If that was an undo: the entry that had set the value first.'),
  }),
);

export const diffSchema = z.array(changeSchema);
