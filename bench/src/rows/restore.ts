import pg from 'pg';
import { addPeople, customerId, unaudited, userId } from '../data/fixtures.js';
import { loadSongs } from '../data/load-songs.js';
import { songs } from '../data/songs.js';
import { noMore, within } from '../figure.js';
import { interleaved, medians } from '../measure.js';
import { singr } from '../package-under-test.js';
import { startModule } from '../peers/module.js';
import type { Row } from '../row.js';

/** The damage: half of the rows are changed, a quarter is deleted, and as many are added. */
const accident = [
  `UPDATE songdb SET title = title || ' (live)' WHERE openkj_system_id = 1 AND songdb_id % 4 < 2`,
  `DELETE FROM songdb WHERE songdb_id % 4 = 2`,
  `INSERT INTO songdb (customer_profiles_id, openkj_system_id, artist, title, combined, normalized_combined)
   SELECT customer_profiles_id, 1, artist, title || ' (copy)', combined || ' (copy)', normalized_combined || ' copy'
   FROM songdb WHERE songdb_id % 4 = 3`,
];

const byHand = [
  `DELETE FROM songdb s WHERE NOT EXISTS (SELECT FROM songdb_copy c WHERE c.songdb_id = s.songdb_id)`,
  `UPDATE songdb s SET title = c.title, updated_at = c.updated_at FROM songdb_copy c
   WHERE c.songdb_id = s.songdb_id AND c.title <> s.title`,
  `INSERT INTO songdb OVERRIDING SYSTEM VALUE SELECT * FROM songdb_copy c
   WHERE NOT EXISTS (SELECT FROM songdb s WHERE s.songdb_id = c.songdb_id)`,
];

export const restoreRow: Row = {
  number: 9,
  title: 'A catalogue as it was',
  about:
    'A catalogue of 100,000 songs goes back to what it was before a bad hour: half of the songs were changed, a quarter deleted, and as many added. The module takes the rows from the audit trail. By hand they come from a copy of the table that somebody happened to make before. What both write is audited.',
  async run({ databases, size }) {
    const url = await databases.create('restore');
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await addPeople(client, 1);
    const customerProfileId = customerId(0);
    const rows = songs(size(100_000, 2000));
    await loadSongs(client, [{ customerProfileId, songs: rows }]);
    await client.query('CREATE TABLE songdb_copy AS TABLE songdb');
    await client.query('CREATE UNIQUE INDEX ON songdb_copy (songdb_id)');
    const app = await startModule(url);
    const audit = app.get(singr.AuditService);

    const afterwards = (work: (before: string) => Promise<unknown>) => async () => {
      await unaudited(client, () => client.query('TRUNCATE audit_logs'));
      const { rows: clock } = await client.query<{ now: string }>('SELECT now()::text AS now');
      for (const statement of accident) await client.query(statement);
      await client.query('VACUUM ANALYZE songdb, audit_logs');
      const start = performance.now();
      await work(clock[0]!.now);
      const time = performance.now() - start;
      const { rows: wrong } = await client.query(
        'SELECT songdb_id FROM (TABLE songdb EXCEPT TABLE songdb_copy) AS other LIMIT 1',
      );
      if (wrong.length > 0) throw new Error('The catalogue is not what it was.');
      return time;
    };

    const times = medians(
      await interleaved(size(3, 1), {
        'hand-written pg, from a copy': afterwards(async () => {
          await client.query('BEGIN');
          await client.query(`SELECT set_config('app.current_user_id', '${userId(0)}', true)`);
          await client.query(`SELECT set_config('app.keep_updated_at', 'on', true)`);
          for (const statement of byHand) await client.query(statement);
          await client.query('COMMIT');
        }),
        module: afterwards((at) =>
          singr.ActorContext.run({ userId: userId(0) }, () =>
            audit.restoreTo({ tables: [singr.SongDb], where: { customerProfileId }, at }),
          ),
        ),
      }),
    );
    await app.close();
    await client.end();
    await databases.drop(url);
    const { module, 'hand-written pg, from a copy': hand } = times;
    return {
      figures: [
        {
          work: `${rows.length} songs, all but a quarter of which differ`,
          unit: 'ms',
          values: times,
          targets: [
            noMore('time of statements by hand', module, hand, 5),
            within('in all', module, 30_000),
          ],
        },
      ],
    };
  },
};
