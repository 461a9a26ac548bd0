import { containing } from '../../common/like-pattern.js';
import { escapeLiteral } from 'pg';
import { checkActor, checkSubject, type Actor } from '../../actor/actor.js';
import { isUuid } from '../../common/uuid.js';
import type { AuditedTable } from '../audited-table.js';
import { plainText, time, wholeNumber } from '../check-query-values.js';
import { InvalidHistoryQueryError } from '../errors.js';
import type { Moment } from '../moment.js';
import type { ColumnName } from './column-names.js';
import type { Period } from '../renames.js';
import type { ColumnValue, HistoryQuery } from './history-query.js';

/** The record, or the table, that a history is about. */
export interface HistorySubject {
  /** Undefined for a table that is not audited, and for subjects of an application's own entries. */
  readonly table?: AuditedTable;
  /** The table's name in the trail. */
  readonly name: string;
  readonly recordId: string | undefined;
  readonly columns: ColumnName;
}

/** What a query may read of a table, by the names of the database. */
export interface ReadScope {
  /** Undefined for a table that is not audited, and for subjects of an application's own entries. */
  readonly table?: AuditedTable;
  /** The table's name in the trail. */
  readonly name: string;
  /** The texts of which a row has one, by column; undefined for all entries of the table. */
  readonly where: readonly (readonly [column: string, values: readonly string[]])[] | undefined;
}

/** Builds the conditions of a history query, with their parameters. */
export class HistoryConditions {
  readonly parameters: unknown[] = [];
  private readonly conditions: string[] = [];
  /** Whether an index finds the entries, or the query limits the time that is searched. */
  private isBounded = false;

  constructor(
    query: HistoryQuery,
    subject: HistorySubject | undefined,
    within: readonly ReadScope[] | undefined,
  ) {
    if (subject !== undefined) this.addSubject(subject);
    if (query.sequences !== undefined) this.addSequences(query.sequences);
    if (within !== undefined) this.addScopes(within, subject);
    this.addOrigin(query);
    if (query.operations !== undefined) this.addOperations(query.operations);
    this.addChanges(query, subject);
    if (query.from !== undefined) this.addMoment('from', '>=', query.from);
    if (query.until !== undefined) this.addMoment('until', '<', query.until);
    const limit = query.order === 'oldest' ? query.until : query.from;
    if (limit !== undefined) this.isBounded = true;
  }

  /** Whether the trail must be searched for entries that match, from its beginning or its end. */
  get needsSearch(): boolean {
    return this.conditions.length > 0 && !this.isBounded;
  }

  /** Adds a condition that ends with a parameter. */
  add(condition: string, value: unknown): void {
    this.conditions.push(`${condition} ${this.parameter(value)}`);
  }

  toSql(): string {
    return this.conditions.length === 0 ? '' : `WHERE ${this.conditions.join(' AND ')}`;
  }

  private parameter(value: unknown): string {
    return `$${this.parameters.push(value)}`;
  }

  private addSubject({ name, recordId }: HistorySubject): void {
    this.add('table_name =', name);
    if (recordId === undefined) return;
    this.add('record_id =', recordId);
    this.isBounded = true;
  }

  private addSequences(sequences: readonly string[]): void {
    if (!Array.isArray(sequences)) {
      throw new InvalidHistoryQueryError('The sequences of a history query are a list.');
    }
    const checked = sequences.map((sequence: string) => wholeNumber('sequence', sequence));
    this.conditions.push(`sequence = ANY (${this.parameter(checked)}::bigint[])`);
    this.isBounded = true;
  }

  /** Entries of any of the scopes. The trail of a subject is read under the names of today. */
  private addScopes(within: readonly ReadScope[], subject: HistorySubject | undefined): void {
    const conditions = within
      .filter(({ name }) => subject === undefined || subject.name === name)
      .flatMap((scope) =>
        subject === undefined && scope.table !== undefined
          ? scope.table.periods.map((period) => this.scopeThen(scope, period))
          : [this.scope(scope.name, scope.where)],
      );
    this.conditions.push(conditions.length === 0 ? 'false' : `(${conditions.join(' OR ')})`);
  }

  /** A scope under the names of a period. */
  private scopeThen({ where }: ReadScope, { name, after, until, columns }: Period): string {
    const then = (column: string) => [...columns].find(([, now]) => now === column)?.[0] ?? column;
    return [
      this.scope(
        name,
        where?.map(([column, values]) => [then(column), values]),
      ),
      ...(after === null ? [] : [`sequence > ${after}`]),
      ...(until === null ? [] : [`sequence <= ${until}`]),
    ].join(' AND ');
  }

  private scope(name: string, where: ReadScope['where']): string {
    const ofTable = `table_name = ${this.parameter(name)}`;
    if (where === undefined) return `(${ofTable})`;
    const isOneOf = where.map(([column, values]) => {
      const list = this.parameter(values);
      return ['old_data', 'new_data'].map(
        (image) => `(${image} IS NULL OR ${image} ->> ${escapeLiteral(column)} = ANY (${list}))`,
      );
    });
    const ofRow = `operation IN ('INSERT', 'UPDATE', 'DELETE') AND coalesce(old_data, new_data) IS NOT NULL`;
    return `(${[ofTable, ofRow, ...isOneOf.flat()].join(' AND ')})`;
  }

  private addOrigin({
    actor,
    onBehalfOf,
    reason,
    context,
    requestId,
    transactionId,
  }: HistoryQuery): void {
    if (actor !== undefined) this.addActors(Array.isArray(actor) ? actor : [actor as Actor]);
    if (onBehalfOf !== undefined) {
      this.add('on_behalf_of =', checkSubject(onBehalfOf).userId);
      this.isBounded = true;
    }
    if (typeof reason === 'object') {
      const text = plainText('reason', reason.contains);
      this.add('reason ILIKE', containing(text));
    } else if (reason !== undefined) {
      this.add('reason =', plainText('reason', reason));
      this.isBounded = true;
    }
    if (context !== undefined) this.add('context @>', asJson('context', context));
    if (requestId !== undefined) {
      this.add('request_id =', plainText('requestId', requestId));
      this.isBounded = true;
    }
    if (transactionId !== undefined) {
      this.add('transaction_id =', wholeNumber('transactionId', transactionId));
      this.isBounded = true;
    }
  }

  /** Entries of any of the actors. */
  private addActors(actors: readonly Actor[]): void {
    if (actors.length === 0) {
      throw new InvalidHistoryQueryError(
        'The actors of a history query are a list of at least one.',
      );
    }
    const checked = actors.map(checkActor);
    const conditions = checked.map((actor) => {
      const who =
        'userId' in actor
          ? `${isUuid(actor.userId) ? 'user_id' : 'user_key'} = ${this.parameter(actor.userId)}`
          : `actor_name = ${this.parameter(actor.name)}`;
      if (actor.onBehalfOf === undefined) return who;
      return `(${who} AND on_behalf_of = ${this.parameter(actor.onBehalfOf.userId)})`;
    });
    this.conditions.push(`(${conditions.join(' OR ')})`);
    if (checked.every((actor) => 'userId' in actor)) this.isBounded = true;
  }

  private addMoment(name: 'from' | 'until', operator: string, moment: Moment): void {
    if (moment instanceof Date || typeof moment === 'string') {
      this.add(`created_at ${operator}`, time(name, moment));
    } else {
      this.add(`sequence ${operator}`, wholeNumber(name, moment?.sequence));
    }
  }

  private addOperations(operations: readonly string[]): void {
    if (!Array.isArray(operations)) {
      throw new InvalidHistoryQueryError('The operations of a history query are a list.');
    }
    const names = operations.map((name: string) => plainText('operation', name));
    this.conditions.push(`operation = ANY (${this.parameter(names)})`);
  }

  private addChanges(
    { changed, before, after }: HistoryQuery,
    subject: HistorySubject | undefined,
  ): void {
    if (changed === undefined && before === undefined && after === undefined) return;
    if (subject?.table === undefined) {
      throw new InvalidHistoryQueryError(
        'A column belongs to an audited table: name the entity or the table.',
      );
    }
    const names = typeof changed === 'string' ? [changed] : (changed ?? []);
    if (!Array.isArray(names) || (changed !== undefined && names.length === 0)) {
      throw new InvalidHistoryQueryError('"changed" is a column, or a list of at least one.');
    }
    const columns = names.map((name) => subject.columns(name));
    if (columns.length > 0) {
      this.conditions.push(`(${columns.map(hasChanged).join(' OR ')})`);
    }
    this.addValues(subject.table, subject.columns, 'old_data', before);
    this.addValues(subject.table, subject.columns, 'new_data', after);
  }

  private addValues(
    table: AuditedTable,
    columnOf: ColumnName,
    image: 'old_data' | 'new_data',
    values: Readonly<Record<string, ColumnValue>> = {},
  ): void {
    for (const [name, value] of Object.entries(values)) {
      const column = columnOf(name);
      if (value === undefined || table.redactedColumns.includes(column)) {
        throw new InvalidHistoryQueryError(
          value === undefined
            ? `The value of "${name}" is undefined: give one, or null.`
            : `The trail does not keep values of "${name}". Ask for { changed: '${name}' }.`,
        );
      }
      this.conditions.push(hasChanged(column), this.hasValue(table, image, column, value));
    }
  }

  private hasValue(table: AuditedTable, image: string, column: string, value: ColumnValue): string {
    const name = escapeLiteral(column);
    if (value instanceof Date) {
      return `(${image} ->> ${name})::timestamptz = ${this.parameter(time(column, value))}::timestamptz`;
    }
    // Values of bigint and numeric are texts in entities, and numbers in images.
    const isNumber = typeof value === 'bigint' || table.bigintColumns.includes(column);
    if (typeof value === 'string' && !isNumber) {
      return `${image} ->> ${name} = ${this.parameter(plainText(column, value))}`;
    }
    const json = isNumber && value !== null ? numberText(column, value) : asJson(column, value);
    return `${image} -> ${name} = ${this.parameter(json)}::jsonb`;
  }
}

/** A condition that an entry has a change of a column, as `AuditEntry.changes` lists it. */
function hasChanged(column: string): string {
  const name = escapeLiteral(column);
  return `CASE operation WHEN 'UPDATE' THEN changed_columns @> ARRAY[${name}]::text[]
    WHEN 'INSERT' THEN new_data ->> ${name} IS NOT NULL
    WHEN 'DELETE' THEN old_data ->> ${name} IS NOT NULL ELSE false END`;
}

function numberText(column: string, value: unknown): string {
  const text = String(value);
  if (/^-?\d+(\.\d+)?$/.test(text)) return text;
  throw new InvalidHistoryQueryError(
    `The value of "${column}" is a number, or its digits as a text.`,
  );
}

function asJson(name: string, value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text !== undefined && !text.includes('\\u0000')) return text;
  throw new InvalidHistoryQueryError(
    `The value of "${name}" is a value of JSON without NUL characters.`,
  );
}
