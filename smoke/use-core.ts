import { strict as assert } from 'node:assert';
import type { Application } from './applications.js';
import { useAuditPage } from './use-audit-page.js';
import { run, startServer, type Shell } from './shell.js';

interface Entry {
  readonly operation: string;
  readonly sequence: string;
  readonly actor: object;
  readonly after: { readonly name: string };
}

/** Writes to tables of the application's own, as a user with an integer for an id; shows and undoes it. */
export async function useCore(shell: Shell, { main }: Application): Promise<void> {
  await assert.rejects(run(shell, 'singr-db', 'seed'), /sets core: true/);
  await assert.rejects(
    run(shell, 'singr-db', 'migrate', '--write-schema'),
    /pg_dump --schema-only/,
  );
  const server = await startServer(shell, 'node', main);
  try {
    const rename = (headers: object) =>
      fetch(`${server.url}/users/1`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ name: 'Anna' }),
      });
    assert.equal((await rename({})).status, 500, 'nobody stands behind it');
    assert.equal((await rename({ 'x-user': '1' })).status, 200);
    await useAuditPage(server.url, '1', 'users', '1');
    assert.equal((await rename({ 'x-user': '1' })).status, 200);
  } finally {
    await server.stop();
  }
  const [renamed] = await history(shell);
  assert.deepEqual(
    [renamed?.operation, renamed?.actor, renamed?.after.name],
    ['UPDATE', { userId: '1' }, 'Anna'],
  );
  await run(shell, 'singr-db', 'audit', 'undo', renamed!.sequence);
  const [undone] = await history(shell);
  assert.equal(undone?.after.name, 'Ann');
}

async function history(shell: Shell): Promise<Entry[]> {
  const printed = await run(shell, 'singr-db', 'audit', 'history', 'users', '1', '--json');
  return (JSON.parse(printed) as { entries: Entry[] }).entries;
}
