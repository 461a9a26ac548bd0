import { ActorContext } from '@singr/database';
import { recordIdOf } from '../../../src/engine/audit/find-row.js';
import { currentImage } from '../../../src/engine/audit/image-sql.js';
import type { TrailApp } from './trail-app.js';

/** A table of an application's own, and what its trail must be able to do. */
export class OwnTable {
  private constructor(
    private readonly trail: TrailApp,
    /** As SQL names it. */
    readonly sql: string,
    /** As the trail names it. */
    readonly name: string,
  ) {}

  /** Makes a table of the definition, runs `before` in the database, and attaches what records it. */
  static async create(
    trail: TrailApp,
    sql: string,
    definition: string,
    { before = '', redact = [] }: { before?: string; redact?: readonly string[] } = {},
  ): Promise<OwnTable> {
    await trail.client.query(`CREATE TABLE ${sql} ${definition}; ${before}`);
    return OwnTable.attach(trail, sql, redact);
  }

  /** Attaches what records a table that is there. */
  static async attach(
    trail: TrailApp,
    sql: string,
    redact: readonly string[] = [],
  ): Promise<OwnTable> {
    await trail.client.query('SELECT audit.attach($1::regclass, $2)', [sql, redact]);
    const { rows } = await trail.client.query<{ name: string }>(
      'SELECT audit.recorded_name($1::regclass) AS name',
      [sql],
    );
    return new OwnTable(trail, sql, rows[0]!.name);
  }

  /** Commits a statement, and returns its transaction's id. */
  write(statement: string, parameters?: unknown[]): Promise<string> {
    return this.trail.run(statement.replaceAll('$table', this.sql), parameters);
  }

  /** The rows as PostgreSQL writes them out, by record id, with their types' own texts. */
  async rows(): Promise<Map<string, string>> {
    const table = await this.trail.readable(this.name);
    const { rows } = await this.trail.client.query<{ id: string; row: string }>(
      `SELECT ${recordIdOf(table)} AS id, audit.pinned_text(t.*) AS row FROM ${this.sql} t ORDER BY 1`,
    );
    return new Map(rows.map(({ id, row }) => [id, row]));
  }

  /** The images of the rows as they are. */
  async images(): Promise<Map<string, string>> {
    const table = await this.trail.readable(this.name);
    const { rows } = await this.trail.client.query<{ id: string; image: string }>(
      `SELECT ${recordIdOf(table)} AS id, ${currentImage(table)}::text AS image FROM ${this.sql} t`,
    );
    return new Map(rows.map(({ id, image }) => [id, image]));
  }

  /** The current entries of a record. */
  async recorded(id: string): Promise<string | null> {
    return this.trail.imageAt(await this.trail.readable(this.name), id, await this.trail.now());
  }

  async entries(): Promise<{ operation: string; id: string; columns: string[] | null }[]> {
    const { rows } = await this.trail.client.query(
      `SELECT operation, record_id AS id, changed_columns AS columns FROM audit_logs
       WHERE table_name = $1 ORDER BY sequence`,
      [this.name],
    );
    return rows as { operation: string; id: string; columns: string[] | null }[];
  }

  undo(transactionId: string): Promise<unknown> {
    return ActorContext.run({ name: 'undo' }, () =>
      this.trail.audit.undoTransaction(transactionId),
    );
  }

  /** Runs statements, and expects after each that the trail's newest images are those of the rows. */
  async expectRecorded(
    statements: readonly string[],
  ): Promise<{ id: string; before: Map<string, string> }[]> {
    const transactions: { id: string; before: Map<string, string> }[] = [];
    for (const statement of statements) {
      const before = await this.rows();
      const id = await this.write(statement);
      transactions.push({ id, before });
      const images = await this.images();
      for (const key of new Set([...before.keys(), ...images.keys()])) {
        expect({ key, image: await this.recorded(key) }).toEqual({
          key,
          image: images.get(key) ?? null,
        });
      }
    }
    return transactions;
  }

  /** The same, and that undoing each leads back to the rows that it met. */
  async expectExact(statements: readonly string[]): Promise<void> {
    const transactions = await this.expectRecorded(statements);
    for (const { id, before } of transactions.reverse()) {
      await this.undo(id);
      expect(await this.rows()).toEqual(before);
    }
  }
}
