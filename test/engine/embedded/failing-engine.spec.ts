import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startScript } from '../../support/start-script.cjs';

describe.each([
  ['its thread ends', /its thread ended with exit code 1\./],
  ['a malformed message', /Program terminated with exit\(1\)\./],
])('an embedded engine that crashes: %s', (death, reason) => {
  const parent = mkdtempSync(join(tmpdir(), 'singr-failing-'));
  afterAll(() => rmSync(parent, { recursive: true, force: true }));

  it('does not end the application, which gets the error at once and can stop', async () => {
    const script = await startScript('failing-engine.ts', [join(parent, 'data'), death]);
    await script.stop();
    const { failed, logged, stopped, isHeld } = JSON.parse(script.firstLine);
    expect(failed).toEqual({
      code: 'EMBEDDED_ENGINE_FAILED',
      message: expect.stringMatching(reason),
    });
    expect(logged).toEqual([failed.message]);
    expect({ stopped, isHeld }).toEqual({ stopped: true, isHeld: false });
  });
});
