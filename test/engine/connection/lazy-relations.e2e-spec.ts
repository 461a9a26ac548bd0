import { useEmptyDatabase } from '../../support/database.js';
import { startScript } from '../../support/start-script.cjs';

describe('a lazy relation that cannot be loaded', () => {
  const database = useEmptyDatabase();

  it('fails for the code that awaits it, and does not end the process', async () => {
    const script = await startScript('failing-lazy-relation.ts', [database.url]);
    expect([script.firstLine, await script.stop()]).toEqual(['42P01', 0]);
  });
});
