import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeOnEmbedded, useDatabase } from '../support/database.js';
import { startScript, type RunningScript } from '../support/start-script.cjs';
import { runCommand } from './run-command.js';

describeOnEmbedded('a command while an application runs the embedded engine', () => {
  const database = useDatabase();
  const parent = mkdtempSync(join(tmpdir(), 'singr-running-'));
  const dataDir = join(parent, 'data');
  let application: RunningScript;

  beforeAll(async () => {
    application = await startScript('embedded-data-source.ts', [dataDir]);
  });
  afterAll(async () => {
    await application.stop();
    rmSync(parent, { recursive: true, force: true });
  });

  it('works on the engine of the application, and leaves it running', async () => {
    const variables = { DATABASE_URL: '', DATABASE_EMBEDDED_DIR: dataDir };
    const check = await runCommand(database, ['check'], variables);
    expect(check.err).toContain('has not been applied.');
    const psql = await runCommand(database, ['psql', '--url'], variables);
    expect(psql).toMatchObject({
      exitCode: 0,
      out: expect.stringMatching(/^postgres:\/\/postgres@127\.0\.0\.1:\d+\/postgres/),
    });
  });
});
