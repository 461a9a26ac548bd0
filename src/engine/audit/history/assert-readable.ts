import { QueryFailedError } from 'typeorm';
import { escapeIdentifier, escapeLiteral } from 'pg';
import type { DatabaseDataSource } from '../../transaction/database.data-source.js';
import { currentScope } from '../../transaction/transaction-context.js';
import type { ReadableTable } from '../audited-table.js';
import { ImageUnreadableError } from '../errors.js';
import { isTooLarge } from '../image-markers.js';
import { parseImage } from '../row-image.js';
import { currentImage, isSameValue, rowOf } from '../image-sql.js';

/**
 * Checks that images can be read as rows of the current table, without loss.
 *
 * @throws ImageUnreadableError with the columns whose values do not fit
 */
export async function assertReadable(
  database: DatabaseDataSource,
  table: ReadableTable,
  images: readonly string[],
): Promise<void> {
  if (images.length === 0) return;
  const cut = columnsTooLarge(images);
  if (cut.length > 0) {
    throw new ImageUnreadableError(table.name, cut, 'a value was more than the trail can keep');
  }
  const reader = new ImageReader(database, table, images);
  const misfits = (await reader.inexactColumns([])) ?? (await reader.misfits());
  if (misfits.length > 0) {
    throw new ImageUnreadableError(
      table.name,
      misfits,
      'the type of a column has changed since, and not every value fits',
    );
  }
}

function columnsTooLarge(images: readonly string[]): string[] {
  const columns = images
    .filter((text) => text.includes('[too large]'))
    .flatMap((text) => Object.entries(parseImage(text)!))
    .filter(([, value]) => isTooLarge(value))
    .map(([column]) => column);
  return [...new Set(columns)];
}

/** Reads images as rows of the current table, and finds the columns whose values do not fit. */
class ImageReader {
  constructor(
    private readonly database: DatabaseDataSource,
    private readonly table: ReadableTable,
    private readonly images: readonly string[],
  ) {}

  /** The columns that cannot be read at all, and those whose values would be read inexactly. */
  async misfits(): Promise<string[]> {
    const unreadable: string[] = [];
    for (const column of this.table.writableColumns) {
      const only = `jsonb_build_object(${escapeLiteral(column)}, kept.image->${escapeLiteral(column)})`;
      const found = await this.ask(
        `SELECT count(t.${escapeIdentifier(column)}::text) FROM ${this.rows(only)}`,
      );
      if (found === undefined) unreadable.push(column);
    }
    return [...unreadable, ...((await this.inexactColumns(unreadable)) ?? [])];
  }

  /**
   * The columns, other than `without`, whose values would be read inexactly; undefined if a value cannot be
   * read at all.
   */
  async inexactColumns(without: readonly string[]): Promise<string[] | undefined> {
    const image = `(kept.image - ARRAY[${without.map(escapeLiteral).join(', ')}]::text[])`;
    const found = await this.ask<{ key: string }>(
      `SELECT DISTINCT key FROM ${this.rows(image)}
       CROSS JOIN LATERAL jsonb_each(${currentImage(this.table)}) AS now
       JOIN LATERAL jsonb_each(${image}) AS wanted USING (key)
       WHERE now.value <> 'null' AND NOT ${isSameValue(this.table, 'now.value', 'wanted.value')}`,
    );
    return found?.map(({ key }) => key);
  }

  private rows(image: string): string {
    return `unnest($1::jsonb[]) AS kept (image) CROSS JOIN LATERAL (${rowOf(this.table, image)}) AS t`;
  }

  /** Runs a query. Returns undefined if PostgreSQL refuses a value. */
  private async ask<Row>(statement: string): Promise<Row[] | undefined> {
    const look = () => this.database.read<Row>(statement, [this.images]);
    try {
      // A savepoint keeps a failure from aborting the current transaction.
      return await (currentScope(this.database) === undefined
        ? look()
        : this.database.transaction(look));
    } catch (error) {
      if (isOfValue(error)) return undefined;
      throw error;
    }
  }
}

/** Whether PostgreSQL refused a value because it does not fit its type or a constraint. */
function isOfValue(error: unknown): boolean {
  return (
    error instanceof QueryFailedError && /^(22|23)/.test((error as { code?: string }).code ?? '')
  );
}
