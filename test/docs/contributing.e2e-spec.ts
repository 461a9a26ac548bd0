import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { currentTarget } from '../support/current-target.js';
import { describeOnServer, useEmptyDatabase } from '../support/database.js';
import { blocksOf, readPages, root } from './pages.js';

/** What makes the diagrams and the reference: long work, which has checks of its own. */
const notRunHere = new Set(['npm run db:erd', 'npm run docs:api']);

const copied = [
  'examples',
  'jest.config.js',
  'migrations',
  'ormconfig.ts',
  'package.json',
  'seeds',
  'smoke',
  'src',
  'test',
  'tools',
  'tsconfig.json',
];

/** One of the page's steps, as whoever follows it takes it. */
type Step =
  | { readonly kind: 'file' | 'edit'; readonly path: string; readonly text: string }
  | { readonly kind: 'command'; readonly text: string };

function stepsOf(heading: string): Step[] {
  const page = readPages().find(({ path }) => path === 'CONTRIBUTING.md')!;
  const text = page.text.slice(page.text.indexOf(`## ${heading}`));
  return blocksOf({ ...page, text }).flatMap(({ language, code, comments }): Step[] => {
    const [, kind, path] = /^(file|edit): (\S+)$/.exec(comments.at(-1) ?? '') ?? [];
    if (kind !== undefined) return [{ kind: kind as 'file' | 'edit', path: path!, text: code }];
    if (language !== 'sh') return [];
    const commands = code.trim().split('\n');
    return commands
      .filter((command) => !notRunHere.has(command))
      .map((command) => ({ kind: 'command', text: command }));
  });
}

/** The text with a block's `-` lines replaced by its `+` lines, between the lines that it leaves alone. */
function applyEdit(text: string, block: string): string {
  const lines = block.replace(/\n$/, '').split('\n');
  const side = (drop: string) =>
    lines
      .filter((line) => !line.startsWith(drop))
      .map((line) => line.slice(1))
      .join('\n');
  const parts = text.split(side('+'));
  if (parts.length !== 2) throw new Error(`found ${parts.length - 1} times:\n${side('+')}`);
  return parts.join(side('-'));
}

describeOnServer('adding a table by CONTRIBUTING.md, to the letter', () => {
  const database = useEmptyDatabase();
  const steps = stepsOf('Adding a table');
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'singr-contributing-'));
    for (const name of copied) cpSync(join(root, name), join(folder, name), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = async (command: string) => {
    const { SINGR_TEST_TARGET: _, JEST_WORKER_ID: __, ...env } = process.env;
    const target = currentTarget();
    const [program, ...words] = command.split(' ');
    const child = spawn(program!, words, {
      cwd: folder,
      env: {
        ...env,
        NODE_ENV: '',
        DATABASE_URL: database.url,
        TEST_DATABASE_URL: target.kind === 'server' ? target.adminUrl : '',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    const [exitCode] = (await once(child, 'close')) as [number | null];
    return { exitCode, output };
  };

  it('has steps of every kind', () => {
    const kinds = steps.map(({ kind, text }) => (kind === 'command' ? text : kind));
    expect(new Set(kinds)).toEqual(
      new Set([
        'file',
        'edit',
        'npm run db:migrate:dev',
        'npm run db:check',
        'npm test -- test/domains/venues/venue-notes',
      ]),
    );
  });

  it('edits no more than four files', () => {
    const edited = steps.flatMap((step) => (step.kind === 'edit' ? [step.path] : []));
    expect(new Set(edited).size).toBeLessThanOrEqual(4);
  });

  it('ends with a table that every check accepts', async () => {
    for (const step of steps) {
      if (step.kind === 'command') {
        const { exitCode, output } = await run(step.text);
        expect({ command: step.text, exitCode, output }).toMatchObject({ exitCode: 0 });
      } else {
        const path = join(folder, step.path);
        writeFileSync(
          path,
          step.kind === 'file' ? step.text : applyEdit(readFileSync(path, 'utf8'), step.text),
        );
      }
    }
    const { exitCode, output } = await run('npx tsc --noEmit');
    expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
    expect(readFileSync(join(folder, 'migrations/schema.sql'), 'utf8')).toContain(
      'CREATE TABLE public.venue_notes',
    );
  }, 240_000);
});
