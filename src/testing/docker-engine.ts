import { existsSync, readFileSync } from 'node:fs';
import { get, type RequestOptions } from 'node:http';
import { homedir } from 'node:os';
import { join } from 'node:path';

const patienceMs = 1500;

/**
 * Whether a Docker engine answers at one of the addresses that testcontainers tries. Testcontainers itself
 * would try for a long time, and then fail.
 */
export async function findDockerEngine(): Promise<boolean> {
  const runtimeDir = process.env.XDG_RUNTIME_DIR ?? `/run/user/${process.getuid?.() ?? 0}`;
  const places = [
    process.env.DOCKER_HOST,
    hostInTestcontainersProperties(),
    'unix:///var/run/docker.sock',
    `unix://${join(runtimeDir, 'docker.sock')}`,
    `unix://${join(homedir(), '.docker/run/docker.sock')}`,
    `unix://${join(homedir(), '.docker/desktop/docker.sock')}`,
    'npipe:////./pipe/docker_engine',
  ];
  const found = await Promise.all(
    places
      .map((place) => place && addressOf(place))
      .filter((address) => typeof address === 'object')
      .map(answersPing),
  );
  return found.includes(true);
}

function hostInTestcontainersProperties(): string | undefined {
  const file = join(homedir(), '.testcontainers.properties');
  if (!existsSync(file)) return undefined;
  return /^\s*(?:tc\.host|docker\.host)\s*=\s*(\S+)/m.exec(readFileSync(file, 'utf8'))?.[1];
}

function addressOf(place: string): RequestOptions | undefined {
  if (!URL.canParse(place)) return undefined;
  const { protocol, hostname, port, pathname } = new URL(place);
  if (protocol !== 'unix:' && protocol !== 'npipe:') return { hostname, port: port || 2375 };
  return existsSync(pathname) ? { socketPath: pathname } : undefined;
}

/** Whether an engine answers. An error response counts too, such as that of an engine that requires TLS. */
function answersPing(address: RequestOptions): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ ...address, path: '/_ping', timeout: patienceMs }, (response) => {
      response.resume();
      resolve(true);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
    request.once('close', () => resolve(false));
  });
}
