import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The database behind a network on which a packet takes this many milliseconds. */
export async function throughSlowNetwork(url: string, delayMs: number) {
  const script = fileURLToPath(new URL('./slow-network.mjs', import.meta.url));
  const child = fork(script, [url, String(delayMs)]);
  const [port] = (await once(child, 'message')) as [number];
  const near = new URL(url);
  near.host = `127.0.0.1:${port}`;
  return { url: near.href, stop: () => child.disconnect() };
}
