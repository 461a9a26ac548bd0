import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './shell.js';

/** The oldest Node.js that the package supports, and the versions with long-term support after it. */
export const nodeVersions = ['20.19', '22', '24'];

/** Brings a version of Node.js from the registry, and returns the folder to put first into PATH. */
export async function installNode(version: string, folder: string): Promise<string> {
  const home = join(folder, `node-${version}`);
  await mkdir(home, { recursive: true });
  await run({ cwd: home }, 'npm', 'install', '--prefix', home, '--no-save', `node@${version}`);
  return join(home, 'node_modules/node/bin');
}
