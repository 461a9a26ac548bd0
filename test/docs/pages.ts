import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** The folder of the repository. */
export const root = join(__dirname, '../..');

/** A page of the documentation. */
export interface Page {
  /** Its path below the repository. */
  readonly path: string;
  readonly text: string;
}

/** A fenced block of code. */
export interface Block {
  readonly language: string;
  readonly code: string;
  /** The line of the page that the code begins on, from 1. */
  readonly line: number;
  /** The HTML comments right above it. */
  readonly comments: readonly string[];
}

/** The README, the other pages beside it, and everything in `docs/`. */
export function readPages(): Page[] {
  const beside = readdirSync(root).filter((name) => name.endsWith('.md'));
  return [...beside, ...markdownIn('docs')].sort().map(readPage);
}

/** Every Markdown file below a folder of the repository, by its path. */
function markdownIn(folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

function readPage(path: string): Page {
  return { path, text: readFileSync(join(root, path), 'utf8') };
}

const comment = String.raw`<!--(?:(?!-->)[^])*-->\s*?\n`;
// A block may be indented, as part of a list.
const fence = String.raw`^(?<indent> *)\`\`\`(?<language>\w*)[^\n]*\n(?<code>[^]*?)^\k<indent>\`\`\` *$`;
const block = new RegExp(String.raw`(?<comments>(?:^ *${comment}\s*)*)${fence}`, 'gm');

export function blocksOf({ text }: Page): Block[] {
  return [...text.matchAll(block)].map((match) => {
    const { comments = '', indent = '', language = '', code = '' } = match.groups ?? {};
    const codeStart = match.index + match[0].indexOf('\n', comments.length) + 1;
    return {
      language,
      code: code.replace(new RegExp(`^${indent}`, 'gm'), ''),
      line: text.slice(0, codeStart).split('\n').length,
      comments: [...comments.matchAll(/<!--([^]*?)-->/g)].map(([, content]) => content!.trim()),
    };
  });
}

/** The prose of a page: what is left without its code. */
export function proseOf({ text }: Page): string {
  return text.replace(block, '').replace(/`[^`\n]*`/g, '');
}
