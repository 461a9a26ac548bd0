import { describeOnServer, describeOnEmbedded, useDatabase } from '../../support/database.js';
import { checkAttribution, type AttributionCounts } from './attribution.js';

/** Counts of the rows that `checkAttribution` compares, for the log. */
function report(title: string, counts: AttributionCounts): void {
  process.stderr.write(`${title}: ${JSON.stringify(counts)}\n`);
}

describeOnServer('each entry has the right actor, whatever a handler does', () => {
  const database = useDatabase();
  let writes = 0;

  it.each([2, 10])(
    'with a pool of %i',
    async (poolSize) => {
      const counts = await checkAttribution(database, {
        databaseOptions: { poolSize },
        batches: 60,
        atOnce: 24,
        steps: 12,
      });
      report(`A pool of ${poolSize}`, counts);
      expect(counts).toMatchObject({ wrong: 0, unattributed: 0 });
      expect(Math.min(counts.committed, counts.rolledBack, counts.timedOut)).toBeGreaterThan(0);
      // In the context of requests that were over, and of such that were not.
      expect(Math.min(counts.outside, counts.joined)).toBeGreaterThan(0);
      writes += counts.writes;
    },
    240_000,
  );

  it('in at least 20 000 audited writes', () => {
    expect(writes).toBeGreaterThanOrEqual(20_000);
  });
});

describeOnEmbedded('each entry has the right actor, on one connection', () => {
  const database = useDatabase();

  it('whatever a handler does', async () => {
    const counts = await checkAttribution(database, { batches: 12, atOnce: 10, steps: 8 });
    report('The embedded engine', counts);
    expect(counts).toMatchObject({ wrong: 0, unattributed: 0 });
    expect(Math.min(counts.committed, counts.rolledBack)).toBeGreaterThan(0);
  }, 90_000);
});
