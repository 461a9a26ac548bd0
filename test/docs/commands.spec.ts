import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commands } from '../../src/commands/commands.module.js';
import { parseCommandLine } from '../../src/commands/command-line/parse.js';
import { blocksOf, readPages, root } from './pages.js';

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

/** What a line of a shell gives to `singr-db`, itself or through a script; undefined for other lines. */
function typedIn(line: string): string[] | undefined {
  const [, direct] = /^npx singr-db(?: (.*))?$/.exec(line) ?? [];
  const [, script, behind = ''] = /^npm run ([\w:-]+)(?: -- (.*))?$/.exec(line) ?? [];
  const [, words] = /src\/commands\/main\.ts (.*)$/.exec(scripts[script ?? ''] ?? '') ?? [];
  const text = direct ?? (words === undefined ? undefined : `${words} ${behind}`);
  return text === undefined ? undefined : (text.match(/'[^']*'|"[^"]*"|\S+/g) ?? []);
}

const lines = readPages().flatMap((page) =>
  blocksOf(page)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ code }) => code.split('\n'))
    .map((line) => ({ page: page.path, line: line.replace(/\s+#.*$/, '') })),
);
const typed = lines.flatMap(({ page, line }) => {
  const words = typedIn(line);
  return words === undefined ? [] : [[`${page}: ${line}`, words] as const];
});

describe('the commands in the documentation', () => {
  it('are found', () => {
    expect(typed.length).toBeGreaterThan(15);
  });

  it.each(typed)('are commands: %s', (_, words) => {
    const parsed = parseCommandLine('singr-db', commands, words);
    expect('command' in parsed || parsed.wasAskedFor).toBe(true);
  });
});
