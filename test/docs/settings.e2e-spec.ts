import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { entities } from '@singr/database';
import { getMetadataArgsStorage } from 'typeorm';
import { instead } from '../../src/engine/config/known-options.js';
import { describeOnServer, useDatabase } from '../support/database.js';
import { blocksOf, readPages, root } from './pages.js';

function blocks(path: string, language: string): string[] {
  const page = readPages().find((page) => page.path === path)!;
  return blocksOf(page)
    .filter((block) => block.language === language)
    .map(({ code }) => code);
}

it('the settings for Jest in docs/testing.md are those of an application that is tested with them', () => {
  const [shown] = blocks('docs/testing.md', 'json').map((code) => JSON.parse(code) as object);
  const file = join(root, 'smoke/templates/nest11-commonjs/test/jest-e2e.json');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject(shown!);
});

describe('docs/moving.md', () => {
  const { text } = readPages().find(({ path }) => path === 'docs/moving.md')!;

  it('looks for the names of all tables', () => {
    const [statement] = blocks('docs/moving.md', 'sql');
    const list = /relname IN \(([^)]+)\)/.exec(statement!)![1]!;
    const names = [...list.matchAll(/'(\w+)'/g)].map(([, name]) => name);
    const tables = getMetadataArgsStorage()
      .filterTables(entities)
      .map(({ name }) => name);
    expect(names).toEqual(tables.toSorted());
  });

  it('tells what takes the place of each option that is refused', () => {
    const section = text.slice(
      text.indexOf('| option '),
      text.indexOf('## What takes the place of typeorm-t'),
    );
    const cells = [...section.matchAll(/^\| (`[^|]+)\|/gm)].map(([, cell]) => cell!);
    const listed = cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name!));
    expect(listed.toSorted()).toEqual(Object.keys(instead).toSorted());
  });
});

describeOnServer('the statements of docs/deployment.md on roles', () => {
  const database = useDatabase();
  /** Roles and databases belong to the whole server: the names are this run's alone. */
  const run = randomBytes(6).toString('hex');
  const ownName = (name: string) => `${name}_${run}`;

  it('make two roles, of which one works and owns nothing', async () => {
    const page = readPages().find(({ path }) => path === 'docs/deployment.md')!;
    const [roles] = page.text.split('\n## Roles\n')[1]!.split('\n## ');
    const statements = blocksOf({ ...page, text: roles! })
      .flatMap(({ code }) => code.split(';'))
      .map((statement) => statement.trim().replace(/\bsingr(_owner|_app)?\b/g, ownName))
      .filter((statement) => statement !== '');
    expect(statements).toHaveLength(5);
    database.beforeDrop(async () => {
      await database.query(`DROP OWNED BY ${ownName('singr_app')}`);
      await database.query(`DROP DATABASE ${ownName('singr')}`);
      for (const role of ['singr_owner', 'singr_app']) {
        await database.query(`DROP ROLE ${ownName(role)}`);
      }
    });
    for (const statement of statements) await database.query(statement);
    const [may] = await database.query(
      `SELECT has_table_privilege($1, 'songdb', 'INSERT') AS insert,
              has_table_privilege($1, 'audit_logs', 'DELETE') AS forget,
              has_database_privilege($1, $2, 'TEMPORARY') AS temporary`,
      [ownName('singr_app'), ownName('singr')],
    );
    expect(may).toEqual({ insert: true, forget: false, temporary: true });
  });
});
