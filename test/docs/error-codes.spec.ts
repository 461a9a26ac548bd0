import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as database from '@singr/database';
import * as testing from '@singr/database/testing';
import { readPages, root } from './pages.js';

/** An error class as the source has it. */
interface ErrorClass {
  readonly name: string;
  readonly code: string;
  readonly file: string;
}

/** Every class in the sources that has a code. */
function errorClasses(): ErrorClass[] {
  return ['src', 'seeds'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => {
        const text = readFileSync(join(root, folder, name), 'utf8');
        const found = text.matchAll(/class (\w+) extends \w+ \{\s*readonly code = '([A-Z0-9_]+)'/g);
        return [...found].map(([, className, code]) => ({
          name: className!,
          code: code!,
          file: join(folder, name),
        }));
      }),
  );
}

describe('the errors', () => {
  const classes = errorClasses();
  const page = readPages().find(({ path }) => path === 'docs/troubleshooting.md')!;
  const listed = [...page.text.matchAll(/^\| `([A-Z0-9_]+)`/gm)].map(([, code]) => code!);

  it('are found', () => {
    expect(classes.length).toBeGreaterThan(80);
  });

  it('are all in docs/troubleshooting.md, once each, and nothing else is', () => {
    expect(listed.toSorted()).toEqual([...new Set(classes.map(({ code }) => code))].sort());
  });

  it('are told apart by their codes', () => {
    expect(new Set(classes.map(({ code }) => code)).size).toBe(classes.length);
  });

  it('can be imported, but for those that only commands end with', () => {
    const hidden = classes.filter(
      ({ name, file }) =>
        !file.startsWith('src/commands/') && !(name in database) && !(name in testing),
    );
    expect(hidden).toEqual([]);
  });
});
