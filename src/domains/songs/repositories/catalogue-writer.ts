import type { Catalogue } from '../import/catalogue.js';
import type { Query } from './staged-songs.js';

/**
 * The number of rows per statement. Larger statements are hardly faster. A statement of this size takes
 * seconds, so `statement_timeout` can stay as it is for imports.
 */
const statementRows = 25_000;

/** Writes staged songs to a catalogue, some thousand rows per statement. */
export class CatalogueWriter {
  constructor(
    private readonly query: Query,
    private readonly catalogue: Catalogue,
  ) {}

  async isEmpty(): Promise<boolean> {
    const rows: unknown[] = await this.query(
      `SELECT FROM songdb WHERE ${this.mine('songdb')} LIMIT 1`,
      this.key,
    );
    return rows.length === 0;
  }

  /** Deletes the whole catalogue. */
  deleteAll(): Promise<number> {
    return this.deleteSome('true');
  }

  /** Deletes the songs that are not staged. */
  deleteOthers(songs: string): Promise<number> {
    return this.deleteSome(
      `NOT EXISTS (SELECT FROM ${songs} s WHERE s.normalized = t.normalized_combined)`,
    );
  }

  /**
   * Deletes the songs whose text is staged with another normalised text. A program with other rules wrote
   * them, and they would conflict with the staged song.
   */
  deleteMisspelt(songs: string): Promise<number> {
    return this.deleteSome(
      `EXISTS (SELECT FROM ${songs} s WHERE s.combined = t.combined AND s.normalized <> t.normalized_combined)`,
    );
  }

  /** Updates existing songs to the staged spelling. */
  update(songs: string, total: number, onRows: (rows: number) => void): Promise<number> {
    return this.inParts(total, onRows, async (from, to) => {
      const [, updated] = await this.query(
        `UPDATE songdb t SET artist = s.artist, title = s.title, combined = s.combined
         FROM ${songs} s
         WHERE ${this.mine('t')} AND t.normalized_combined = s.normalized
           AND s.position > $3 AND s.position <= $4
           AND (t.artist, t.title, t.combined) IS DISTINCT FROM (s.artist, s.title, s.combined)`,
        [...this.key, from, to],
      );
      return updated;
    });
  }

  /** Inserts the missing songs in the order of the unique index. */
  insert(songs: string, total: number, onRows: (rows: number) => void): Promise<number> {
    return this.inParts(total, onRows, async (from, to) => {
      // A program that does not take the lock may have inserted the song.
      const [{ inserted }] = await this.query(
        `WITH inserted AS (
           INSERT INTO songdb (customer_profiles_id, openkj_system_id, artist, title, combined,
                               normalized_combined)
           SELECT $1, $2, artist, title, combined, normalized FROM ${songs}
           WHERE position > $3 AND position <= $4 ORDER BY position
           ON CONFLICT DO NOTHING RETURNING 1
         ) SELECT count(*)::integer AS inserted FROM inserted`,
        [...this.key, from, to],
      );
      return inserted;
    });
  }

  private async inParts(
    total: number,
    onRows: (rows: number) => void,
    write: (from: number, to: number) => Promise<number>,
  ): Promise<number> {
    let written = 0;
    for (let from = 0; from < total; from += statementRows) {
      written += await write(from, from + statementRows);
      onRows(Math.min(from + statementRows, total));
    }
    return written;
  }

  private async deleteSome(condition: string): Promise<number> {
    let deleted = 0;
    for (;;) {
      const [, rows]: [unknown, number] = await this.query(
        `DELETE FROM songdb WHERE songdb_id = ANY (ARRAY(
           SELECT t.songdb_id FROM songdb t WHERE ${this.mine('t')} AND ${condition}
           LIMIT ${statementRows}))`,
        this.key,
      );
      deleted += rows;
      if (rows < statementRows) return deleted;
    }
  }

  private get key(): unknown[] {
    return [this.catalogue.customerProfileId, this.catalogue.openkjSystemId];
  }

  private mine(alias: string): string {
    return `${alias}.customer_profiles_id = $1 AND ${alias}.openkj_system_id = $2`;
  }
}
