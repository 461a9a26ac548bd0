import { strict as assert } from 'node:assert';

interface Answer {
  readonly entries: readonly { readonly sequence: string; readonly operation: string }[];
  readonly tables: readonly { readonly table: string }[];
  readonly steps: readonly { readonly action: string }[];
}

/** Opens the audit page, and undoes the last change of a record through its API. */
export async function useAuditPage(
  server: string,
  user: string,
  table: string,
  id: string,
): Promise<void> {
  const page = await fetch(`${server}/audit`);
  assert.equal(page.status, 200);
  assert.match(page.headers.get('content-security-policy') ?? '', /^default-src 'self'/);
  const script = /<script type="module" src="([^"]+)">/.exec(await page.text())?.[1];
  const file = await fetch(`${server}/audit/${script}`);
  assert.match(file.headers.get('content-type') ?? '', /^text\/javascript/);

  const headers = { 'x-user': user };
  const get = async (path: string) => {
    const answer = await fetch(`${server}/audit/api/${path}`, { headers });
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    return JSON.parse(text) as Answer;
  };
  const { tables } = await get('session');
  assert.ok(tables.some((one) => one.table === table));
  const { entries } = await get(`entries?table=${table}&id=${id}`);
  const { sequence, operation } = entries[0]!;
  assert.equal(operation, 'UPDATE');
  const undone = await fetch(`${server}/audit/api/undo`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', 'x-audit-page': '1' },
    body: JSON.stringify({ sequence, reason: 'tried' }),
  });
  const text = await undone.text();
  assert.equal(undone.status, 200, text);
  assert.equal((JSON.parse(text) as Answer).steps[0]?.action, 'update');
}
