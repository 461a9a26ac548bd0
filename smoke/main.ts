import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { applications, type Application } from './applications.js';
import { installNode, nodeVersions } from './node-versions.js';
import { installApplication, runApplication, type NodeVersion } from './run-application.js';
import { checkInstallation, makeTarball } from './tarball.js';

/**
 * Packs the package, and uses it as applications do:
 *
 *     npm run smoke -- [application…] [--node 20.19,22,24] [--built] [--keep]
 *
 * Without names it is all applications. Without --node they run on the Node.js that runs this, with
 * `--node all` on every one that the package supports, with `--node spread` each on one of those in turn.
 * With `--built` what is packed is the last `npm run build`. On the server of TEST_DATABASE_URL, and one of them
 * also on the embedded engine; without a server all are.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    node: { type: 'string' },
    built: { type: 'boolean', default: false },
    keep: { type: 'boolean' },
  },
});
const unknown = positionals.filter((name) => !applications.some((known) => known.name === name));
if (unknown.length > 0) throw new Error(`no such application: ${unknown.join(', ')}`);
const chosen = applications.filter(
  ({ name }) => positionals.length === 0 || positionals.includes(name),
);

const failed: string[] = [];
const startedAt = performance.now();
const say = (what: string) =>
  console.log(`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${what}`);

// A name that differs from run to run, outside the repository: nothing is found by going up.
const folder = await mkdtemp(join(tmpdir(), 'singr-smoke-'));
try {
  say('packing');
  // Whatever is downloaded comes meanwhile.
  const [tarball, versions] = await Promise.all([
    makeTarball(join(import.meta.dirname, '..'), folder, values.built),
    chooseVersions(values.node),
  ]);
  await checkInstallation(tarball, folder);
  const waiting = chosen.entries();
  // Two at a time: one installs while another runs.
  const tryInTurn = async () => {
    for (const [index, application] of waiting) {
      const inTurn = values.node === 'spread' ? [versions[index % versions.length]!] : versions;
      await tryApplication(application, tarball, inTurn);
    }
  };
  await Promise.all([tryInTurn(), tryInTurn()]);
  say(failed.length === 0 ? 'all passed' : `failed: ${failed.join(', ')}`);
  if (failed.length > 0) process.exitCode = 1;
} finally {
  if (values.keep) console.log(`kept: ${folder}`);
  else await rm(folder, { recursive: true, force: true });
}

async function tryApplication(
  application: Application,
  tarball: string,
  versions: readonly NodeVersion[],
): Promise<void> {
  const { name } = application;
  if (application.needsServer && !process.env.TEST_DATABASE_URL) {
    return say(`${name}: left out, as it needs the server of TEST_DATABASE_URL`);
  }
  try {
    say(`${name}: installing`);
    const home = await installApplication(application, tarball, folder);
    for (const version of versions) {
      for (const server of serversFor(application)) {
        const engine = server === undefined ? 'the embedded engine' : 'the server';
        say(`${name}: running on Node.js ${version.version} and ${engine}`);
        await runApplication(application, home, version, server);
      }
    }
  } catch (error) {
    // The others are tried all the same.
    failed.push(name);
    console.error(error);
  }
}

/** The servers that an application runs on; undefined is the embedded engine. */
function serversFor({ embeddedToo }: Application): (string | undefined)[] {
  const server = process.env.TEST_DATABASE_URL || undefined;
  return server !== undefined && embeddedToo ? [server, undefined] : [server];
}

async function chooseVersions(text: string | undefined): Promise<NodeVersion[]> {
  if (text === undefined) return [{ version: process.versions.node, bin: undefined }];
  const wanted = ['all', 'spread'].includes(text) ? nodeVersions : text.split(',');
  const found: NodeVersion[] = [];
  for (const version of wanted) found.push({ version, bin: await installNode(version, folder) });
  return found;
}
