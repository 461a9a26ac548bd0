import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { JsonObject, JsonValue } from '../../common/json.js';
import type { Actor } from '../../actor/actor.js';
import type { DatabaseDataSource } from '../../transaction/database.data-source.js';
import type { AuditedTarget, ReadableTable, RecordKey } from '../audited-table.js';
import { AuditedTables } from '../audited-tables.js';
import { findRow } from '../find-row.js';
import { currentImage } from '../image-sql.js';
import { trailOf } from '../renames.js';
import { parseImage } from '../row-image.js';
import { AuditAsOf } from './audit-as-of.js';
import { actorColumns, recordedActor, type RecordedActor } from './recorded-actor.js';
import { isoTime } from '../../common/iso-time.js';

/** The entry that gave a column its value. */
export interface BlamedEntry {
  readonly sequence: string;
  /** The time when the transaction began: ISO 8601 in UTC, to the microsecond. */
  readonly at: string;
  readonly operation: string;
  /** Null if no actor was known. */
  readonly actor: Actor | null;
  readonly reason: string | null;
  readonly context: JsonObject | null;
  readonly requestId: string | null;
  readonly route: string | null;
  readonly transactionId: string;
  /** The `sequence` of the entry that this one undid; null for other changes. */
  readonly undoes: string | null;
}

/** A column of a record, and who gave it its value. */
export interface ColumnBlame {
  readonly column: string;
  readonly value: JsonValue;
  /** Whether the trail does not keep the value. It does keep who set it. */
  readonly redacted: boolean;
  /**
   * The entry that last set the column. Null if the trail has none: the row is older than the trail, the column
   * was added later, the entries were pruned, or the column is incidental.
   */
  readonly entry: BlamedEntry | null;
  /**
   * If that entry is an undo: the entry that had given the column this value first. Null for other entries, and
   * if the trail does not have it.
   */
  readonly original: BlamedEntry | null;
}

type Row = RecordedActor &
  Omit<BlamedEntry, 'actor'> & { readonly column: string; readonly value: string | null };

const columns = `sequence, operation, ${isoTime('created_at')} AS at,
    ${actorColumns}, reason, context, request_id AS "requestId", route, transaction_id AS "transactionId", undoes`;

/** An undo of an undo of an undo … is followed this far. */
const mostUndos = 100;

/** Finds out who last set each column of a record. */
@Injectable()
export class AuditBlame {
  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    private readonly tables: AuditedTables,
    private readonly asOf: AuditAsOf,
  ) {}

  /**
   * Returns the columns of a record, each with the entry that last set it; an empty list if there is no such
   * record now.
   *
   * @throws TableNotAuditedError, InvalidRecordKeyError
   * @throws TenantMismatchError when the caller is bound to tenants, and current rows are not restricted
   */
  async of(target: AuditedTarget, id: RecordKey): Promise<ColumnBlame[]> {
    this.asOf.assertRestricted();
    const table = await this.tables.findReadable(target);
    const recordId = await this.tables.recordId(table, id);
    const [row] = await this.database.read<{ image: string }>(
      `SELECT ${currentImage(table)}::text AS image FROM ${table.relation} t WHERE ${findRow(table)}`,
      [recordId],
    );
    if (row === undefined) return [];
    const image = parseImage(row.image, table)!;
    const setters = await this.setters(table, recordId);
    const originals = await this.originals(table, recordId, [...setters.values()]);
    return Object.entries(image).map(([column, value]) => {
      const isKnown = !table.incidentalColumns.includes(column);
      const setter = isKnown ? setters.get(column) : undefined;
      const original = isKnown ? originals.get(column) : undefined;
      return {
        column,
        value,
        redacted: table.redactedColumns.includes(column) && value !== null,
        entry: setter === undefined ? null : entryOf(setter),
        original: original === undefined ? null : entryOf(original),
      };
    });
  }

  /** The newest entry of each column, also from the time when the record had another key. */
  private async setters(table: ReadableTable, recordId: string): Promise<Map<string, Row>> {
    const found = new Map<string, Row>();
    let place: Place | undefined = { recordId, before: null };
    while (place !== undefined) {
      const beginning: Beginning | undefined = await this.beginning(table, place);
      const rows = await this.database.read<Row>(
        `SELECT DISTINCT ON (name) name AS column, ${columns}, (new_data -> name)::text AS value
         FROM ${trailOf(table)} CROSS JOIN LATERAL unnest(
           CASE operation WHEN 'UPDATE' THEN changed_columns ELSE ARRAY(SELECT jsonb_object_keys(new_data)) END
         ) AS name
         WHERE table_name = $1 AND record_id = $2 AND operation IN ('INSERT', 'UPDATE')
           AND ($3::bigint IS NULL OR sequence < $3) AND ($4::bigint IS NULL OR sequence >= $4)
         ORDER BY name, sequence DESC`,
        [table.name, place.recordId, place.before, beginning?.sequence ?? null],
      );
      for (const row of rows) if (!found.has(row.column)) found.set(row.column, row);
      const former: FormerKey | undefined =
        beginning?.isNewKey === true ? await this.formerKey(table, beginning) : undefined;
      for (const row of former?.changed ?? []) {
        if (!found.has(row.column)) found.set(row.column, row);
      }
      place = former;
    }
    return found;
  }

  /**
   * The newest entry with which the record began: its insertion, or the change of its key to this one. Earlier
   * entries are about another row that had the key.
   */
  private async beginning(
    table: ReadableTable,
    { recordId, before }: Place,
  ): Promise<Beginning | undefined> {
    const [found] = await this.database.read<Beginning>(
      `SELECT sequence, transaction_id AS "transactionId", operation = 'UPDATE' AS "isNewKey"
       FROM ${trailOf(table)}
       WHERE table_name = $1 AND record_id = $2 AND ($3::bigint IS NULL OR sequence < $3)
         AND old_data IS NULL AND operation IN ('INSERT', 'UPDATE')
       ORDER BY sequence DESC LIMIT 1`,
      [table.name, recordId, before],
    );
    return found;
  }

  /**
   * The key before it changed, and the other columns that changed with it. The entry of the old key comes right
   * before that of the new key.
   */
  private async formerKey(
    table: ReadableTable,
    { sequence, transactionId }: Beginning,
  ): Promise<FormerKey | undefined> {
    const [former] = await this.database.read<Place>(
      `SELECT record_id AS "recordId", sequence AS before FROM ${trailOf(table)}
       WHERE table_name = $1 AND sequence < $2 AND transaction_id = $3
         AND new_data IS NULL AND operation = 'UPDATE'
       ORDER BY sequence DESC LIMIT 1`,
      [table.name, sequence, transactionId],
    );
    if (former === undefined) return undefined;
    const changed = await this.database.read<Row>(
      `SELECT now.key AS column, now.value::text AS value, ${columns}
       FROM ${trailOf(table)} CROSS JOIN LATERAL jsonb_each(new_data) AS now
       WHERE sequence = $1 AND now.value IS DISTINCT FROM
         (SELECT old_data FROM ${trailOf(table)} WHERE sequence = $2) -> now.key`,
      [sequence, former.before],
    );
    return { ...former, changed };
  }

  /** The entries that first gave the values which undos have put back, by column. */
  private async originals(
    table: ReadableTable,
    recordId: string,
    setters: readonly Row[],
  ): Promise<Map<string, Row>> {
    const found = new Map<string, Row>();
    let undos = setters.filter(({ undoes }) => undoes !== null);
    for (let depth = 0; undos.length > 0 && depth < mostUndos; depth++) {
      const rows = await this.database.read<Row>(
        `SELECT undo.column, undo.value, earlier.*
         FROM unnest($3::text[], $4::bigint[], $5::text[]) AS undo ("column", undoes, value)
         CROSS JOIN LATERAL (
           SELECT ${columns} FROM ${trailOf(table)}
           WHERE table_name = $1 AND record_id = $2 AND sequence < undo.undoes
             AND CASE operation WHEN 'UPDATE' THEN changed_columns @> ARRAY[undo.column]
                   WHEN 'INSERT' THEN true ELSE false END
             AND (new_data -> undo.column) IS NOT DISTINCT FROM undo.value::jsonb
           ORDER BY sequence DESC LIMIT 1
         ) AS earlier`,
        [
          table.name,
          recordId,
          undos.map(({ column }) => column),
          undos.map(({ undoes }) => undoes),
          undos.map(({ value }) => value),
        ],
      );
      for (const row of rows) found.set(row.column, row);
      undos = rows.filter(({ undoes }) => undoes !== null);
    }
    return found;
  }
}

/** A record, and the entry before which its history is read. */
interface Place {
  readonly recordId: string;
  readonly before: string | null;
}

interface FormerKey extends Place {
  readonly changed: readonly Row[];
}

interface Beginning {
  readonly sequence: string;
  readonly transactionId: string;
  readonly isNewKey: boolean;
}

function entryOf(row: Row): BlamedEntry {
  const { column: _, value: __, userId, actorName, onBehalfOf, ...entry } = row;
  return { ...entry, actor: recordedActor({ userId, actorName, onBehalfOf }) };
}
