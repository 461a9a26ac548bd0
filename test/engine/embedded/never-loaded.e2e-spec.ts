import { useDatabase } from '../../support/database.js';
import { startScript } from '../../support/start-script.cjs';

describe('an application that uses a server', () => {
  const database = useDatabase();

  it('never loads the embedded engine, and starts no thread for it', async () => {
    const script = await startScript('loaded-engine.ts', [JSON.stringify(database.options)]);
    await script.stop();
    const { seen, threads, control } = JSON.parse(script.firstLine);
    expect(control).toContain('@electric-sql/pglite');
    expect({ seen, threads }).toEqual({ seen: [], threads: 0 });
  });
});
