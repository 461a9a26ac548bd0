import type { Client } from 'pg';
import {
  CatalogueUploadService,
  SongRepository,
  System,
  SystemService,
  type Catalogue,
} from '@singr/database';
import { create } from '@singr/database/testing';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { createCustomerProfile } from '../../support/fixtures.js';
import { untilWaiting } from '../../support/in-turn.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';

describeOnServer('calls for one upload at the same time', () => {
  const database = useDatabase();
  let app: TestApp;
  let uploads: CatalogueUploadService;
  let songs: SongRepository;
  let system: Catalogue;

  beforeAll(async () => {
    app = await createTestApp(database);
    uploads = app.get(CatalogueUploadService);
    songs = app.get(SongRepository);
  });

  beforeEach(async () => {
    const { id } = await createCustomerProfile(app.dataSource.manager);
    system = { customerProfileId: id, openkjSystemId: 1 };
  });

  const titles = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ artist: 'Queen', title: `Song ${index}` }));
  const count = () => songs.countBy({ ...system });

  it('belong to one upload', async () => {
    await uploads.begin(system, { replace: true });
    await Promise.all(titles(20).map((song) => uploads.add(system, [song])));
    expect(await uploads.finish(system)).toMatchObject({ rows: 20, inserted: 20 });
  });

  it('finish it once', async () => {
    await uploads.add(system, titles(2000));
    const finished = await Promise.all(
      [1, 2, 3, 4].map(() => uploads.finishQuiet({ quietForMs: 0 })),
    );
    expect(finished.flat()).toMatchObject([{ ...system, summary: { inserted: 2000 } }]);
  });

  it('never show a part of it, even while it is written', async () => {
    await uploads.add(system, titles(3000));
    await uploads.finish(system);
    const seen = new Set<number>();
    let isOver = false;
    const singer = (async () => {
      while (!isOver) seen.add(await count());
    })();
    await uploads.begin(system, { replace: true });
    for (let part = 0; part < 4; part++) {
      await uploads.add(system, titles(1000 * (part + 1)).slice(1000 * part));
      seen.add(await count());
    }
    await uploads.finish(system);
    isOver = true;
    await singer;
    seen.add(await count());
    expect([...seen].sort()).toEqual([3000, 4000]);
  });

  /** Locks a song, so that finishing an upload waits in the middle of its writes. */
  async function whileItIsWritten(work: (holder: Client) => Promise<void>) {
    await uploads.add(system, titles(5));
    await uploads.finish(system);
    await uploads.begin(system, { replace: true });
    await uploads.add(system, titles(3));
    const holder = await database.connect();
    await holder.query('BEGIN; SELECT FROM songdb FOR UPDATE');
    const finishing = Promise.allSettled([uploads.finish(system)]);
    await untilWaiting(database, 1);
    await work(holder);
    await holder.query('COMMIT');
    const [outcome] = await finishing;
    return outcome;
  }

  it('begin a new one, which deletes nothing, with a part that arrives while it is written', async () => {
    let late: Promise<unknown> | undefined;
    await whileItIsWritten(async () => {
      late = uploads.add(system, [{ artist: 'ABBA', title: 'SOS' }]);
    });
    await late;
    expect(await count()).toBe(3);
    expect(await uploads.finish(system)).toMatchObject({ inserted: 1, deleted: 0 });
    expect(await count()).toBe(4);
  });

  it('wait while it is written, up to their patience', async () => {
    await whileItIsWritten(async () => {
      for (const call of [
        () => uploads.begin(system, { patienceMs: 0 }),
        () => uploads.add(system, titles(1), { patienceMs: 0 }),
        () => uploads.finish(system, { patienceMs: 60 }),
        () => uploads.discard({ ...system, patienceMs: 60 }),
      ]) {
        await expect(call()).rejects.toMatchObject({ code: 'CATALOGUE_BUSY' });
      }
      expect(await uploads.finishQuiet({ quietForMs: 0 })).toEqual([]);
    });
    expect(await count()).toBe(3);
  });

  it('leave the catalogue unchanged when their connection is lost, and can be repeated', async () => {
    const outcome = await whileItIsWritten(async (holder) => {
      await holder.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
    });
    expect(outcome).toMatchObject({ status: 'rejected' });
    expect(await count()).toBe(5);
    expect(await uploads.finish(system)).toMatchObject({ unchanged: 3, deleted: 2 });
  });

  it('do not deadlock with the removal of the system', async () => {
    const { id } = await create(app.dataSource, System, system);
    await uploads.add(system, titles(5));
    await uploads.finish(system);
    await uploads.begin(system, { replace: true });
    const outcomes = await Promise.allSettled([
      ...titles(5).map((song) => uploads.add(system, [song])),
      app.get(SystemService).remove(id),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(Array(6).fill('fulfilled'));
    expect(await count()).toBe(0);
  });

  it('do not deadlock with the removal of the customer when they are quiet', async () => {
    await uploads.add(system, titles(5));
    const { customerProfileId } = system;
    const remover = await database.connect();
    const customer = 'FROM customer_profiles WHERE customer_profiles_id = $1';
    await remover.query('BEGIN');
    await remover.query(`SELECT ${customer} FOR UPDATE`, [customerProfileId]);
    const finishing = Promise.allSettled([
      uploads.finishQuiet({ quietForMs: 0, customerProfileId }),
    ]);
    await untilWaiting(database, 1);
    await remover.query(`DELETE ${customer}`, [customerProfileId]);
    await remover.query('COMMIT');
    expect(await finishing).toEqual([{ status: 'fulfilled', value: [] }]);
  });
});
