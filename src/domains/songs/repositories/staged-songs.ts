import type { CleanSong } from '../import/song-input.js';
import type { ImportProblem } from '../import/import-summary.js';

/** Runs a statement in the import's transaction, with the result of `Repository.query()`. */
export type Query = (sql: string, parameters?: unknown[]) => Promise<any>;

/** The separator of the texts in a column. No text contains it, because control characters are removed. */
const separator = '\x1f';

let count = 0;

/**
 * Stores the rows of an import in temporary tables of its transaction. Node.js therefore holds only one
 * batch, PostgreSQL finds the duplicates, and the catalogue is compared with all rows at once.
 *
 * Temporary tables have neither triggers nor a write-ahead log. Writing to them takes about a twentieth of
 * the time that writing to the catalogue takes.
 */
export class StagedSongs {
  /** All rows. */
  private readonly table = `pg_temp.songs_${++count}`;
  /** One row for each song, numbered in the order of the catalogue's index. */
  readonly songs = `${this.table}_distinct`;

  constructor(private readonly query: Query) {}

  async create(): Promise<void> {
    await this.query(
      `CREATE TEMPORARY TABLE ${this.table.slice(8)}
         (line integer, artist text, title text, normalized text COLLATE "C") ON COMMIT DROP`,
    );
  }

  /**
   * Adds rows. Each column is sent as one text. In an array, the driver would escape and PostgreSQL would
   * parse every value.
   */
  async add(lines: readonly number[], songs: readonly CleanSong[]): Promise<void> {
    await this.query(
      `INSERT INTO ${this.table} (line, artist, title, normalized)
       SELECT line::integer, artist, title, normalized
       FROM unnest(string_to_array($1, $5), string_to_array($2, $5), string_to_array($3, $5),
                   string_to_array($4, $5)) AS rows (line, artist, title, normalized)`,
      [
        lines.join(separator),
        songs.map(({ artist }) => artist).join(separator),
        songs.map(({ title }) => title).join(separator),
        songs.map(({ normalized }) => normalized).join(separator),
        separator,
      ],
    );
  }

  /** Keeps the first row of each song; returns how many there are. */
  async reduce(): Promise<number> {
    await this.query(
      `CREATE TEMPORARY TABLE ${this.songs.slice(8)} ON COMMIT DROP AS
       SELECT row_number() OVER (ORDER BY normalized)::integer AS position, *
       FROM (SELECT DISTINCT ON (normalized) line, artist, title, artist || ' - ' || title AS combined,
                    normalized
             FROM ${this.table} ORDER BY normalized, line) AS first`,
    );
    await this.query(`ALTER TABLE ${this.songs} ADD PRIMARY KEY (position)`);
    // Autovacuum does not analyse temporary tables.
    await this.query(`ANALYZE ${this.songs}`);
    const [{ songs }] = await this.query(`SELECT count(*)::integer AS songs FROM ${this.songs}`);
    return songs;
  }

  /**
   * Creates indexes for the comparison with the catalogue. If the catalogue has grown since its last ANALYZE,
   * PostgreSQL may expect a small one. Without the indexes it would compare each song with all others.
   */
  async index(): Promise<void> {
    await this.query(`CREATE UNIQUE INDEX ON ${this.songs} (normalized)`);
    await this.query(`CREATE INDEX ON ${this.songs} (combined)`);
  }

  /** Finds the first rows that repeat a song of an earlier row. */
  async duplicates(limit: number): Promise<ImportProblem[]> {
    const rows: { line: number; first: number }[] = await this.query(
      `SELECT r.line, s.line AS first FROM ${this.table} r JOIN ${this.songs} s USING (normalized)
       WHERE r.line > s.line ORDER BY r.line LIMIT $1`,
      [limit],
    );
    return rows.map(({ line, first }) => ({
      line,
      kind: 'duplicate',
      reason: `the same as line ${first}`,
    }));
  }

  async drop(): Promise<void> {
    await this.query(`DROP TABLE ${this.table}, ${this.songs}`);
  }
}
