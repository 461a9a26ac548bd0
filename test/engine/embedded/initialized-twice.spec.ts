import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startScript } from '../../support/start-script.cjs';

describe('the embedded engine of a data source', () => {
  it('goes on when the data source is initialized again, and stops when its entities are wrong', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'singr-twice-'));
    const script = await startScript('initialized-twice.ts', [dataDir]);
    await script.stop();
    await rm(dataDir, { recursive: true });
    expect(JSON.parse(script.firstLine)).toEqual({
      wrongEntities: 'MissingPrimaryColumnError',
      // At the same time, and once it is connected.
      refusals: ['CannotConnectAlreadyConnectedError', 'CannotConnectAlreadyConnectedError'],
      answers: [{ one: 1 }],
    });
  }, 120_000);
});
