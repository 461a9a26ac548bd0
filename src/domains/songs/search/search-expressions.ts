import { normalizeText } from '../text/song-text.js';

/** What becomes a space, and what becomes nothing. In the migration of the songs' indexes as well. */
const betweenWords = '-/()[]{}"&,!?:;_+*#@';
const withinWords = "'.";

/** The expressions that the indexes are on, letter for letter: an index serves no other. */
const title = `substr(normalized_combined, strpos(normalized_combined, ' - ') + 3)`;
export const compactExpression = compact('normalized_combined');
export const compactTitleExpression = compact(title);
export const wordsExpression = `(' ' || translate(normalized_combined, ${quoted(`${betweenWords}${withinWords}`)}, '${' '.repeat(betweenWords.length)}'))`;

function compact(text: string): string {
  return `translate(${text}, ${quoted(` ${betweenWords}${withinWords}`)}, '')`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

const anyBetweenWords = anyOf(betweenWords);
const anyWithinWords = anyOf(withinWords);
const anyBetweenLetters = anyOf(` ${betweenWords}${withinWords}`);

function anyOf(characters: string): RegExp {
  return new RegExp(`[${characters.replace(/[\\\]^-]/g, '\\$&')}]`, 'g');
}

/** The words of a text that `normalizeText` has processed, with a space between two. */
export function plainText(normalized: string): string {
  return normalized
    .replace(anyWithinWords, '')
    .replace(anyBetweenWords, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
}

/** The letters of a text that `normalizeText` has processed: what is left when words are written together. */
export function compactText(normalized: string): string {
  return normalized.replace(anyBetweenLetters, '');
}

/** What somebody typed, in the forms in which it is compared. */
export interface TypedText {
  /** As the beginning of `normalized_combined`. */
  normalized: string;
  /** The words, with a space between two. */
  plain: string;
  /** The letters without anything in between: `acdc` for `AC/DC`. */
  compact: string;
  /** The words as they may be written in another way. */
  spoken: string;
  /** The words that a song has to have. */
  words: string[];
  /** Those of the words that have letters or digits; a trigram index finds no others. */
  searchable: string[];
}

/** Longer than any title; the rest of what is typed does not matter. */
const mostCharacters = 200;

/** More words than these do not narrow a search down. */
const mostWords = 12;

export function typedText(query: string): TypedText {
  const normalized = normalizeText(query.slice(0, mostCharacters));
  const plain = plainText(normalized);
  const all = plain === '' ? [] : [...new Set(plain.split(' '))];
  const telling = all.filter((word) => !isAnd.test(word));
  const words = (telling.length > 0 ? telling : all).slice(0, mostWords);
  return {
    normalized,
    plain,
    compact: compactText(normalized),
    spoken: spokenText(plain),
    words,
    searchable: words.filter((word) => /[\p{L}\p{N}]/u.test(word)),
  };
}

/** What is written `and`, `&`, which becomes a space, or `'n'`. */
const isAnd = /^(?:and|n)$/;

/**
 * The words of a plain text without what is written in several ways or left out: `The` at the beginning,
 * `and`, and the last letter of `believing` and its kind, as in `Believin'`.
 */
export function spokenText(plain: string): string {
  return plain
    .replace(/^the (?=.)/, '')
    .replace(/ (?:and|n)(?= )/g, '')
    .replace(/(?<=[^ ]{3}in)g(?= |$)/g, '');
}

/** What a word has to begin with to be the one that was typed: `believin` for `believing`. */
function stemOf(word: string): string {
  return spokenText(word);
}

/** Whether each typed word begins a word of a text of which `normalizeText` has been taken. */
export function beginsWords({ words }: TypedText, normalized: string): boolean {
  const text = ` ${plainText(normalized)}`;
  return words.every((word) => text.includes(` ${stemOf(word)}`));
}

/** The texts that begin with this one lie from it to here, in the order of their bytes. */
export function endOfPrefix(prefix: string): string {
  return `${prefix}\u{10ffff}`;
}

/** A LIKE pattern for texts in which a word begins with this. */
export function beginningPattern(word: string): string {
  return `% ${escaped(stemOf(word))}%`;
}

/**
 * A LIKE pattern for texts that have this in a word, wherever: a trigram index reads two lists less for it,
 * and long ones, those of the first letter and of the first two. What has no three letters in a row has no
 * other lists.
 */
export function lettersPattern(word: string): string {
  return /[\p{L}\p{N}]{3}/u.test(word) ? `%${escaped(stemOf(word))}%` : beginningPattern(word);
}

function escaped(word: string): string {
  return word.replace(/[\\%_]/g, '\\$&');
}
