import { SongCatalogueService, SongRepository } from '@singr/database';
import { createCustomerProfile } from '../../../support/fixtures.js';
import { describeOnServer, useDatabase } from '../../../support/database.js';
import { useServices } from '../../../support/identity-services.js';
import { catalogue, expectedHits } from './catalogue.js';
import { figuresOf, type Figures } from './figures.js';

// Both engines search with the same SQL, and the embedded one needs minutes for so many songs.
describeOnServer('search() among 30,000 songs', () => {
  const database = useDatabase();
  const services = useServices(database);
  let ours: Figures;
  let similarity: Figures;

  beforeAll(async () => {
    const { id } = await createCustomerProfile(services.dataSource.manager);
    const place = { customerProfileId: id, openkjSystemId: 1 };
    await services.get(SongCatalogueService).import(catalogue(30_000), place);
    const songs = services.get(SongRepository);
    ours = await figuresOf(async (query) => {
      const found = await songs.search({ query, ...place });
      return found.map(({ combined }) => combined);
    });
    const client = await database.connect();
    await client.query(
      'CREATE INDEX ON songdb USING gist (lower(combined) gist_trgm_ops (siglen = 256))',
    );
    similarity = await figuresOf(async (query) => {
      const { rows } = await client.query<{ combined: string }>(
        'SELECT combined FROM songdb ORDER BY lower(combined) <-> lower($1) LIMIT 10',
        [query],
      );
      return rows.map(({ combined }) => combined);
    });
  }, 300_000);

  it('has a long enough list of queries', () => {
    expect(expectedHits.length).toBeGreaterThan(250);
  });

  it('finds the right song first for 95 of 100 queries, and within ten for 98', () => {
    expect(ours.first).toBeGreaterThanOrEqual(0.95 * expectedHits.length);
    expect(ours.withinTen).toBeGreaterThanOrEqual(0.98 * expectedHits.length);
  });

  it('finds clearly more than the similarity of pg_trgm, first and within ten', () => {
    expect(ours.first).toBeGreaterThan(similarity.first + 0.15 * expectedHits.length);
    expect(ours.withinTen).toBeGreaterThan(similarity.withinTen + 0.05 * expectedHits.length);
  });
});
