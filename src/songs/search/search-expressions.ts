import { normalizeText } from '../song-text.js';

/** What becomes a space, and what becomes nothing. In the migration of the songs' indexes as well. */
const betweenWords = '-/()[]{}"&,!?:;_+*#@';
const withinWords = "’'.";

/** The expressions that the indexes are on, letter for letter: an index serves no other. */
export const titleExpression = plain(
  `substr(normalized_combined, strpos(normalized_combined, ' - ') + 3)`,
);
export const wordsExpression = `(' ' || ${plain('normalized_combined')})`;

function plain(text: string): string {
  const from = `${betweenWords}${withinWords}`.replaceAll("'", "''");
  return `translate(${text}, '${from}', '${' '.repeat(betweenWords.length)}')`;
}

/** The same for a text of which `normalizeText` has been taken. */
export function plainText(normalized: string): string {
  let text = '';
  for (const character of normalized) {
    if (betweenWords.includes(character)) text += ' ';
    else if (!withinWords.includes(character)) text += character;
  }
  return text;
}

/** What somebody typed, in the forms in which it is compared. */
export interface TypedText {
  /** As the beginning of `normalized_combined`. */
  normalized: string;
  /** As the beginning of a title. */
  plain: string;
  words: string[];
}

/** Longer than any title; the rest of what is typed does not matter. */
const mostCharacters = 200;

/** More words than these do not narrow a search down. */
const mostWords = 12;

export function typedText(query: string): TypedText {
  const normalized = normalizeText(query.slice(0, mostCharacters));
  const plain = plainText(normalized).trim();
  const words = plain.split(/ +/).filter((word) => word !== '');
  return { normalized, plain, words: [...new Set(words)].slice(0, mostWords) };
}

/** The texts that begin with this one lie from it to here, in the order of their bytes. */
export function endOfPrefix(prefix: string): string {
  return `${prefix}\u{10ffff}`;
}

/** A LIKE pattern for texts in which a word begins with this. */
export function wordPattern(word: string): string {
  return `% ${word.replace(/[\\%_]/g, '\\$&')}%`;
}
