import { normalizeText } from '../text/song-text.js';

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

/** Applies the expression of the indexes to a text that `normalizeText` has already processed. */
export function plainText(normalized: string): string {
  return normalized.replace(anyBetweenWords, ' ').replace(anyWithinWords, '');
}

const anyBetweenWords = anyOf(betweenWords);
const anyWithinWords = anyOf(withinWords);

function anyOf(characters: string): RegExp {
  return new RegExp(`[${characters.replace(/[\\\]^-]/g, '\\$&')}]`, 'g');
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

/** Whether each typed word begins a word of a text of which `normalizeText` has been taken. */
export function beginsWords({ words }: TypedText, normalized: string): boolean {
  const text = ` ${plainText(normalized)}`;
  return words.every((word) => text.includes(` ${word}`));
}

/** The texts that begin with this one lie from it to here, in the order of their bytes. */
export function endOfPrefix(prefix: string): string {
  return `${prefix}\u{10ffff}`;
}

/** A LIKE pattern for texts in which a word begins with this. */
export function beginningPattern(word: string): string {
  return `% ${escaped(word)}%`;
}

/**
 * A LIKE pattern for texts that have this in a word, wherever: a trigram index reads two lists less for it,
 * and long ones, those of the first letter and of the first two. What has no three letters in a row has no
 * other lists.
 */
export function lettersPattern(word: string): string {
  return /[\p{L}\p{N}]{3}/u.test(word) ? `%${escaped(word)}%` : beginningPattern(word);
}

function escaped(word: string): string {
  return word.replace(/[\\%_]/g, '\\$&');
}
