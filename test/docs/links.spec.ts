import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Page, proseOf, readPages, root } from './pages.js';

const pages = readPages();

function linksOf(page: Page): string[] {
  const links = proseOf(page).matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g);
  return [...links].map(([, target]) => target!).filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchors that a repository's host gives to a page: its headings, and what has an id. */
function anchorsOf(path: string): Set<string> {
  const text = readFileSync(path, 'utf8').replace(/^ *```[^]*?^ *``` *$/gm, '');
  // The second heading of the same name gets a number.
  const counts = new Map<string, number>();
  const headings = [...text.matchAll(/^#+ +(.*)$/gm)].map(([, heading]) => {
    const name = slug(heading!);
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    return count === 0 ? name : `${name}-${count}`;
  });
  const ids = [...text.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id!);
  return new Set([...headings, ...ids]);
}

function slug(heading: string): string {
  const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
  return plain.replace(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-');
}

function whereLinkFails(page: Page, link: string): string | undefined {
  const [target = '', anchor] = link.split('#');
  const file = target === '' ? join(root, page.path) : join(root, dirname(page.path), target);
  if (!existsSync(file)) return `${link}: there is no such file`;
  if (anchor === undefined || !file.endsWith('.md')) return undefined;
  return anchorsOf(file).has(anchor) ? undefined : `${link}: the page has no such heading`;
}

describe('the documentation', () => {
  it.each(pages.map((page) => [page.path, page] as const))(
    'links to what is there: %s',
    (_, page) => {
      const failures = linksOf(page).map((link) => whereLinkFails(page, link));
      expect(failures.filter((failure) => failure !== undefined)).toEqual([]);
    },
  );

  it('names scripts that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = matches(
      /(?:^ *|`|&& |\| )npm (?:run (?:--silent )?|(?=start\b|test\b))([a-z][\w:-]*)/gm,
    );
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter(({ name }) => !(name in scripts))).toEqual([]);
  });

  it('names targets that the Makefile has', () => {
    const makefile = readFileSync(join(root, 'Makefile'), 'utf8');
    const targets = new Set([...makefile.matchAll(/^([\w-]+):/gm)].map(([, name]) => name));
    const named = matches(/(?:^|`)make ([a-z-]+)/gm);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter(({ name }) => !targets.has(name))).toEqual([]);
  });
});

/** What the first group of a pattern finds on any page. */
function matches(pattern: RegExp): { page: string; name: string }[] {
  return pages.flatMap(({ path, text }) =>
    [...text.matchAll(pattern)].map(([, name]) => ({ page: path, name: name! })),
  );
}
