import { strict as assert } from 'node:assert';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './shell.js';

/** What may be in the tarball. */
const expected = [
  /^(package\.json|README\.md|LICENSE)$/,
  /^dist\/migrations\/schema\.sql$/,
  /^dist\/cjs\/package\.json$/,
  /^dist\/src\/audit-page\/page\/.+\.(html|css|svg)$/,
  /^dist\/(src|migrations|seeds|cjs)\/.+\.(js|js\.map|d\.ts)$/,
];

/** What an installation must not bring. (TypeORM itself needs yargs.) */
const unwanted =
  /^(@electric-sql\/.*|@testcontainers\/.*|testcontainers|jest|vitest|@nestjs\/testing|commander|nest-commander|inquirer|cli-progress|pino.*)$/;

/**
 * Packs the package and looks at it from all sides. Returns the tarball's path. If `isBuilt`,
 * `dist` is packed as it is.
 */
export async function makeTarball(
  repository: string,
  folder: string,
  isBuilt: boolean,
): Promise<string> {
  const here = { cwd: repository };
  if (!isBuilt) await run(here, 'npm', 'run', 'prepack');
  // Packing would run it once more.
  const words = ['--ignore-scripts', '--json', '--pack-destination', folder];
  const [packed] = JSON.parse(await run(here, 'npm', 'pack', ...words)) as [
    { filename: string; files: { path: string }[] },
  ];
  const strangers = packed.files.filter(({ path }) => !expected.some((known) => known.test(path)));
  assert.deepEqual(strangers, [], 'the tarball has files that nobody needs');
  const tarball = join(folder, packed.filename);
  await run(here, 'npx', 'publint', '--strict', tarball);
  await run(here, 'npx', 'attw', '--profile', 'esm-only', tarball);
  return tarball;
}

/** Installs the package alone, and looks at what came with it. */
export async function checkInstallation(tarball: string, folder: string): Promise<void> {
  const home = join(folder, 'alone');
  await mkdir(home);
  await writeFile(join(home, 'package.json'), '{ "name": "alone", "private": true }');
  await run({ cwd: home }, 'npm', 'install', '--no-audit', '--no-fund', tarball);
  const installed = await packagesIn(join(home, 'node_modules'));
  assert.deepEqual(
    installed.filter((name) => unwanted.test(name)),
    [],
    'the installation brings what the runtime does not need',
  );
  const help = await run({ cwd: home }, 'npx', 'singr-db', '--help');
  assert.match(help, /^Usage: singr-db <command>/);
  console.log(`  the package alone installs ${installed.length} packages`);
}

/** The packages in a folder of them, also those below others. */
async function packagesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(async ({ name }) => {
        if (name.startsWith('@')) {
          const scoped = await readdir(join(folder, name));
          return scoped.map((inner) => `${name}/${inner}`);
        }
        return [name];
      }),
  );
  const direct = names.flat();
  const nested = await Promise.all(
    direct.map((name) => packagesIn(join(folder, name, 'node_modules'))),
  );
  return [...direct, ...nested.flat()];
}
