import type { Actor } from '../../../engine/actor/actor.js';
import type { Catalogue } from '../import/catalogue.js';
import type { Query } from './staged-songs.js';

/** An upload that has begun and not ended. */
export interface OpenUpload {
  replaces: boolean;
  /** Who sent the last batch; null when nobody was named. */
  actor: Actor | null;
  /** All rows so far. */
  rows: number;
  /** Those of them that are songs. */
  songs: number;
}

/** A row as it waits: artist and title, or the reason why it is refused. */
export type WaitingRow = [artist: string, title: string] | [refused: string];

/** A batch as it waits. */
export interface WaitingBatch {
  /** How many rows of the upload came before it. */
  rowsBefore: number;
  rows: WaitingRow[];
}

/** For which system a call comes, and who makes it. */
export interface Caller {
  systemId: string | null;
  actor: Actor | undefined;
}

const mine = 'customer_profiles_id = $1 AND openkj_system_id = $2';

/** SQL condition: the last call of the upload is at least so many milliseconds ago. */
const quietFor = (parameter: string) =>
  `last_call_at <= clock_timestamp() - make_interval(secs => ${parameter}::double precision / 1000)`;

/** Uploads in parts, with the songs that wait for their end. Whoever writes here has the turn of the catalogue. */
export class CatalogueUploads {
  constructor(
    private readonly query: Query,
    /** Runs a statement that only reads, in no transaction of its own. */
    private readonly read: Query,
  ) {}

  /**
   * Keeps the system of a catalogue from being deleted until the transaction ends, if there is one; returns its
   * id. Before the turn of the catalogue: who deletes a system has it, and waits for the turn.
   */
  async keepSystem(catalogue: Catalogue): Promise<string | null> {
    const [system]: [{ id: string }?] = await this.query(
      `SELECT systems_id AS id FROM systems WHERE ${mine} FOR KEY SHARE`,
      keyOf(catalogue),
    );
    return system?.id ?? null;
  }

  /** Begins an upload, in place of one that has not ended. */
  async begin(
    catalogue: Catalogue,
    { replaces, ...caller }: Caller & { replaces: boolean },
  ): Promise<void> {
    await this.remove(catalogue);
    await this.countUp(catalogue, replaces, [], caller);
  }

  /**
   * Adds a batch to the upload that goes on, else to one that begins now and deletes nothing. Returns how many
   * rows the upload has.
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

  /** The upload that goes on, if its last call was so long ago. It stays as it is until the transaction ends. */
  async find(catalogue: Catalogue, quietForMs: number): Promise<OpenUpload | undefined> {
    const [upload] = await this.query(
      `SELECT replaces, actor, row_count AS rows, song_count AS songs FROM audit.catalogue_uploads
       WHERE ${mine} AND ${quietFor('$3')} FOR UPDATE`,
      [...keyOf(catalogue), quietForMs],
    );
    return upload;
  }

  /** The batches of an upload in order, one at a time. */
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

  /** Ends an upload, and forgets what waits. Returns whether there was one. */
  async remove(catalogue: Catalogue): Promise<boolean> {
    const [, removed]: [unknown, number] = await this.query(
      `DELETE FROM audit.catalogue_uploads WHERE ${mine}`,
      keyOf(catalogue),
    );
    return removed > 0;
  }

  /** The catalogues whose upload had its last call so long ago, the oldest first: of one customer, or of all. */
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
