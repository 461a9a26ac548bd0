import { readFile, stat } from 'node:fs/promises';
import { Logger } from '@nestjs/common';
import type { ServerLogin } from './database-options.js';

/** The folders in which PostgreSQL puts its socket by default. The file calls a host there `localhost`. */
const socketFolders = ['/var/run/postgresql', '/run/postgresql', '/tmp'];

/** Four fields and the rest of the line. A colon or a backslash in a field has a backslash before it. */
const entry = /^(?!#)((?:\\.|[^:\\])*):((?:\\.|[^:\\])*):((?:\\.|[^:\\])*):((?:\\.|[^:\\])*):(.*)$/;

/**
 * Looks a password up in a password file (PostgreSQL manual, "The Password File"), whose lines are
 * `host:port:database:user:password`. The first line that fits counts.
 *
 * @returns undefined when there is no such file, it has no such line, or others than its owner may read it
 */
export async function passwordFromFile(
  path: string,
  login: ServerLogin,
): Promise<string | undefined> {
  const text = await readPrivate(path);
  const host = socketFolders.includes(login.host) ? 'localhost' : login.host;
  const wanted = [host, String(login.port), login.database, login.username];
  for (const line of text?.split(/\r?\n/) ?? []) {
    const [, ...fields] = (entry.exec(line) ?? []).map((field) => field.replace(/\\(.)/g, '$1'));
    const password = fields.pop();
    if (password !== undefined && wanted.every((want, i) => ['*', want].includes(fields[i]!))) {
      return password;
    }
  }
  return undefined;
}

async function readPrivate(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || !found.isFile()) return undefined;
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
    new Logger('Database').warn(
      `The password file ${path} is ignored, as others than its owner may read it: chmod 600 ${path}`,
    );
    return undefined;
  }
  return await readFile(path, 'utf8').catch(() => undefined);
}
