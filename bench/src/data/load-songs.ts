import type pg from 'pg';
import { singr } from '../package-under-test.js';
import { unaudited } from './fixtures.js';
import type { Song } from './songs.js';

/** The columns of many songs, for unnest(). */
export function columnsOf(songs: readonly Song[]): [string[], string[], string[], string[]] {
  const artists = songs.map(({ artist }) => artist);
  const titles = songs.map(({ title }) => title);
  const combined = songs.map(({ artist, title }) => `${artist} - ${title}`);
  return [artists, titles, combined, combined.map((text) => singr.normalizeText(text))];
}

export const insertSongs = `
  INSERT INTO songdb (customer_profiles_id, openkj_system_id, artist, title, combined, normalized_combined)
  SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::text[], $6::text[])`;

/** Fills the table without triggers. The search indexes are created afterwards, which is faster. */
export async function loadSongs(
  client: pg.Client,
  catalogues: readonly { customerProfileId: string; songs: readonly Song[] }[],
): Promise<void> {
  const { rows } = await client.query<{ name: string; sql: string }>(
    `SELECT indexname AS name, indexdef AS sql FROM pg_indexes
     WHERE tablename = 'songdb' AND indexname LIKE 'idx\\_%'`,
  );
  for (const { name } of rows) await client.query(`DROP INDEX ${name}`);
  await unaudited(client, async () => {
    for (const { customerProfileId, songs } of catalogues) {
      for (let start = 0; start < songs.length; start += 25_000) {
        const part = songs.slice(start, start + 25_000);
        await client.query(`${insertSongs} ON CONFLICT DO NOTHING`, [
          customerProfileId,
          1,
          ...columnsOf(part),
        ]);
      }
    }
  });
  await client.query(`SET maintenance_work_mem = '512MB'`);
  for (const { sql } of rows) await client.query(sql);
  await client.query('VACUUM ANALYZE songdb');
}
