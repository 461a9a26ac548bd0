import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveDatabaseConfig } from '@singr/database';
import { readEnvironment } from '../../../src/engine/config/environment.js';
import { passwordFromFile } from '../../../src/engine/config/pass-file.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'singr-libpq-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(name: string, text: string, mode = 0o600): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

describe('the service file', () => {
  const text = `
    # Where the databases are.
    [other]
    host=other.example

    [singr]
    host = a.example,b.example
    port=5433
    user=singr
    password=from=service
    sslmode=require
    target_session_attrs=read-write
  `;

  const resolve = async (variables: Record<string, string>, url?: string) => {
    const PGSERVICEFILE = await fileOf('services', text);
    const environment = readEnvironment({ PGSERVICEFILE, ...variables });
    return resolveDatabaseConfig({ url }, environment).connection;
  };

  it('says what the service that PGSERVICE names is, before the other variables', async () => {
    const variables = { PGSERVICE: 'singr', PGHOST: 'pg.example', PGDATABASE: 'pg_db' };
    expect(await resolve(variables)).toMatchObject({
      hosts: [
        { name: 'a.example', port: 5433 },
        { name: 'b.example', port: 5433 },
      ],
      username: 'singr',
      password: 'from=service',
      database: 'pg_db',
      targetSessionAttrs: 'read-write',
    });
  });

  it('adds to a URL that names the service, which comes first', async () => {
    const connection = await resolve({}, 'postgres://me@/db?service=other&sslmode=disable');
    expect(connection).toMatchObject({
      hosts: [{ name: 'other.example' }],
      username: 'me',
      database: 'db',
      ssl: false,
    });
  });

  it('that lacks the service is named', async () => {
    await expect(resolve({ PGSERVICE: 'none' })).rejects.toThrow(/"none".*services; add a section/);
  });
});

describe('the password file', () => {
  const text = String.raw`# A comment, and a line that is none.
nonsense
a.example:5432:db:me:first
*:5433:*:me:any:host
localhost:5432:db:me:by-socket
with\:colon:5432:db:me:back\\slash
`;
  const login = { host: 'a.example', port: 5432, database: 'db', username: 'me' };

  it.each([
    ['the first line that fits', {}, 'first'],
    ['"*" for anything, and the rest of the line', { port: 5433, database: 'x' }, 'any:host'],
    ['localhost for a socket in its usual folder', { host: '/var/run/postgresql' }, 'by-socket'],
    ['a backslash before a colon', { host: 'with:colon' }, String.raw`back\slash`],
    ['nothing for another login', { username: 'you' }, undefined],
  ])('has %s', async (_, other, password) => {
    const path = await fileOf('pgpass', text);
    expect(await passwordFromFile(path, { ...login, ...other })).toBe(password);
  });

  it('is ignored when others may read it, and when it is not there', async () => {
    const open = await fileOf('open', text, 0o640);
    expect(await passwordFromFile(open, login)).toBeUndefined();
    expect(await passwordFromFile(join(folder, 'nowhere'), login)).toBeUndefined();
  });

  it('is that of PGPASSFILE, or of the URL', () => {
    const variables = readEnvironment({ PGPASSFILE: '/from/variable' });
    const at = (url: string) => resolveDatabaseConfig({ url }, variables).connection;
    expect(at('postgres://h')).toMatchObject({ passFile: '/from/variable' });
    expect(at('postgres://h?passfile=/from/url')).toMatchObject({ passFile: '/from/url' });
  });
});
