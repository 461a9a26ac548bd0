import type { Actor } from '../../../engine/actor/actor.js';
import type { Catalogue } from '../import/catalogue.js';
import type { Query } from './staged-songs.js';

/** An unfinished upload. */
export interface OpenUpload {
  replaces: boolean;
  /** The actor of the last batch; null when none was set. */
  actor: Actor | null;
  /** The number of rows so far. */
  rows: number;
  /** The number of rows that contain a song. */
  songs: number;
}

/** A stored row: artist and title, or the reason why it is refused. */
export type WaitingRow = [artist: string, title: string] | [refused: string];

/** A stored batch. */
export interface WaitingBatch {
  /** The number of rows of the upload before this batch. */
  rowsBefore: number;
  rows: WaitingRow[];
}

/** The catalogue of a call, and its actor. */
export interface Caller {
  systemId: string | null;
  actor: Actor | undefined;
}

const mine = 'customer_profiles_id = $1 AND openkj_system_id = $2';

/** The SQL condition that the last call of the upload was at least this many milliseconds ago. */
const quietFor = (parameter: string) =>
  `last_call_at <= clock_timestamp() - make_interval(secs => ${parameter}::double precision / 1000)`;

/**
 * Stores uploads in parts, with their songs, until they are finished. Writers must hold the lock of the
 * catalogue.
 */
export class CatalogueUploads {
  constructor(
    private readonly query: Query,
    /** Runs a statement that only reads, without opening a transaction. */
    private readonly read: Query,
  ) {}

  /**
   * Keeps the system of a catalogue, if it exists, from being deleted until the transaction ends, and returns
   * its id. Call it before locking the catalogue: the deletion of a system takes the locks in the same order.
   */
  async keepSystem(catalogue: Catalogue): Promise<string | null> {
    const [system]: [{ id: string }?] = await this.query(
      `SELECT systems_id AS id FROM systems WHERE ${mine} FOR KEY SHARE`,
      keyOf(catalogue),
    );
    return system?.id ?? null;
  }

  /** Begins an upload, which replaces an unfinished one. */
  async begin(
    catalogue: Catalogue,
    { replaces, ...caller }: Caller & { replaces: boolean },
  ): Promise<void> {
    await this.remove(catalogue);
    await this.countUp(catalogue, replaces, [], caller);
  }

  /**
   * Adds a batch to the unfinished upload. If there is none, begins one that deletes no songs. Returns the
   * number of rows in the upload.
   */
  async add(catalogue: Catalogue, rows: readonly WaitingRow[], caller: Caller): Promise<number> {
    const count = await this.countUp(catalogue, false, rows, caller);
    if (rows.length > 0) {
      await this.query(
        `INSERT INTO audit.catalogue_upload_batches (customer_profiles_id, openkj_system_id, rows_before, songs)
         VALUES ($1, $2, $3, $4)`,
        [...keyOf(catalogue), count - rows.length, JSON.stringify(rows)],
      );
    }
    return count;
  }

  private async countUp(
    catalogue: Catalogue,
    replaces: boolean,
    rows: readonly WaitingRow[],
    { systemId, actor }: Caller,
  ): Promise<number> {
    const [{ count }] = await this.query(
      `INSERT INTO audit.catalogue_uploads AS u (customer_profiles_id, openkj_system_id, systems_id, replaces,
                                                 actor, row_count, song_count, last_call_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, clock_timestamp())
       ON CONFLICT (customer_profiles_id, openkj_system_id) DO UPDATE
       SET systems_id = excluded.systems_id, actor = excluded.actor, row_count = u.row_count + excluded.row_count,
           song_count = u.song_count + excluded.song_count, last_call_at = excluded.last_call_at
       RETURNING row_count AS count`,
      [
        ...keyOf(catalogue),
        systemId,
        replaces,
        actor ?? null,
        rows.length,
        rows.filter((row) => row.length === 2).length,
      ],
    );
    return count;
  }

  /**
   * Finds the unfinished upload if its last call was at least this long ago, and locks it until the
   * transaction ends.
   */
  async find(catalogue: Catalogue, quietForMs: number): Promise<OpenUpload | undefined> {
    const [upload] = await this.query(
      `SELECT replaces, actor, row_count AS rows, song_count AS songs FROM audit.catalogue_uploads
       WHERE ${mine} AND ${quietFor('$3')} FOR UPDATE`,
      [...keyOf(catalogue), quietForMs],
    );
    return upload;
  }

  /** Reads the batches of an upload in order, one at a time. */
  async *batches(catalogue: Catalogue): AsyncGenerator<WaitingBatch> {
    for (let last = -1; ;) {
      const [batch]: [WaitingBatch?] = await this.query(
        `SELECT rows_before AS "rowsBefore", songs AS rows FROM audit.catalogue_upload_batches
         WHERE ${mine} AND rows_before > $3 ORDER BY rows_before LIMIT 1`,
        [...keyOf(catalogue), last],
      );
      if (batch === undefined) return;
      yield batch;
      last = batch.rowsBefore;
    }
  }

  /** Deletes an upload with its songs. Returns whether there was one. */
  async remove(catalogue: Catalogue): Promise<boolean> {
    const [, removed]: [unknown, number] = await this.query(
      `DELETE FROM audit.catalogue_uploads WHERE ${mine}`,
      keyOf(catalogue),
    );
    return removed > 0;
  }

  /**
   * Finds the catalogues, of one customer or of all, whose upload had its last call at least this long ago.
   * The oldest comes first.
   */
  findQuiet(quietForMs: number, customerProfileId?: string): Promise<Catalogue[]> {
    return this.read(
      `SELECT customer_profiles_id AS "customerProfileId", openkj_system_id AS "openkjSystemId"
       FROM audit.catalogue_uploads
       WHERE ($1::uuid IS NULL OR customer_profiles_id = $1) AND ${quietFor('$2')}
       ORDER BY last_call_at`,
      [customerProfileId ?? null, quietForMs],
    );
  }
}

function keyOf({ customerProfileId, openkjSystemId }: Catalogue): [string, number] {
  return [customerProfileId, openkjSystemId];
}
