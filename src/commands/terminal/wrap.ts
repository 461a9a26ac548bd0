import wrapAnsi from 'wrap-ansi';

/** Breaks a text into lines of at most `width` columns. Only a word that is longer than a line is broken. */
export function wrap(text: string, width: number): string[] {
  return wrapAnsi(text, Math.max(width, 1), { hard: true, trim: true }).split('\n');
}

/** Indents each line but the first. */
export function hang(lines: readonly string[], indent: number): string[] {
  return lines.map((line, place) => (place === 0 ? line : ' '.repeat(indent) + line));
}
