import { HttpStatus } from '@nestjs/common';
import * as v from 'valibot';
import type { Actor } from '../../engine/actor/actor.js';
import { isUuid } from '../../engine/common/uuid.js';
import type { HistoryQuery } from '../../engine/audit/history/history-query.js';
import { refusal } from '../common/refusal.js';

/** PostgreSQL cannot store a NUL character. */
const noNul = v.check((given: string) => !given.includes('\0'), 'has a NUL character');
const text = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(1000), noNul);
const digits = v.pipe(v.string(), v.regex(/^\d{1,18}$/, 'takes a number'));
const moment = v.pipe(v.string(), v.minLength(1), v.maxLength(40));
const limit = (most: number, normal: number) =>
  v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d{1,4}$/, 'takes a number'),
      v.transform(Number),
      v.minValue(1),
      v.maxValue(most),
    ),
    String(normal),
  );

const filters = {
  table: v.optional(text),
  id: v.optional(text),
  actor: v.optional(text),
  onBehalfOf: v.optional(text),
  from: v.optional(moment),
  until: v.optional(moment),
  operation: v.optional(text),
  column: v.optional(text),
  reason: v.optional(text),
  request: v.optional(text),
  transaction: v.optional(digits),
  order: v.optional(v.picklist(['newest', 'oldest'])),
};

export const entriesSchema = v.strictObject({
  ...filters,
  limit: limit(200, 50),
  cursor: v.optional(digits),
});

export const exportSchema = v.strictObject({ ...filters, format: v.picklist(['csv', 'ndjson']) });

export const recordsSchema = v.strictObject({
  text: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(200), noNul)),
  table: v.optional(text),
  limit: limit(50, 20),
});

export const peopleSchema = v.strictObject({
  text: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(200), noNul),
});

export const atSchema = v.strictObject({ moment });

export type EntryFilters = Omit<v.InferOutput<typeof exportSchema>, 'format'>;

/**
 * Checks input of the API. Parameters without a value count as absent.
 *
 * @throws HttpException 400, which says what is wrong with which parameter
 */
export function checked<Schema extends v.GenericSchema>(
  schema: Schema,
  input: unknown,
): v.InferOutput<Schema> {
  const given =
    typeof input === 'object' && input !== null && !Array.isArray(input)
      ? Object.fromEntries(Object.entries(input).filter(([, value]) => value !== ''))
      : input;
  const result = v.safeParse(schema, given);
  if (result.success) return result.output;
  const problems = result.issues.map((issue) => {
    const path = v.getDotPath(issue);
    return path === null ? issue.message : `${path}: ${issue.message}`;
  });
  throw refusal(HttpStatus.BAD_REQUEST, 'INVALID_INPUT', problems.join('; '));
}

/** The engine's query for the filters. */
export function historyQuery(filters: EntryFilters): HistoryQuery {
  const { table, id, actor, onBehalfOf, from, until, operation, column, reason } = filters;
  const { request, transaction, order } = filters;
  if (column !== undefined && table === undefined) {
    throw refusal(HttpStatus.BAD_REQUEST, 'INVALID_INPUT', 'column: needs a table.');
  }
  return {
    ...(table === undefined ? {} : { table }),
    ...(id === undefined ? {} : { id }),
    ...(actor === undefined ? {} : { actor: actorsOf(actor) }),
    ...(onBehalfOf === undefined ? {} : { onBehalfOf: { userId: onBehalfOf } }),
    ...(from === undefined ? {} : { from: momentOf(from) }),
    ...(until === undefined ? {} : { until: momentOf(until) }),
    ...(operation === undefined ? {} : { operations: operation.split(',') }),
    ...(column === undefined ? {} : { changed: column }),
    ...(reason === undefined ? {} : { reason: { contains: reason } }),
    ...(request === undefined ? {} : { requestId: request }),
    ...(transaction === undefined ? {} : { transactionId: transaction }),
    ...(order === undefined ? {} : { order }),
  };
}

/** The id of a user, or the name of a program. An index finds the entries of ids. */
function actorsOf(key: string): Actor[] {
  const user = { userId: key };
  return isUuid(key) || /^\d+$/.test(key) ? [user] : [user, { name: key }];
}

/** A text of digits is the sequence of an entry. */
export function momentOf(text: string): string | { sequence: string } {
  return /^\d{1,18}$/.test(text) ? { sequence: text } : text;
}
