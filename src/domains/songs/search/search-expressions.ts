import { escapeLike } from '../../../engine/common/like-pattern.js';
import { normalizeText } from '../text/song-text.js';

/**
 * Characters that are replaced by a space, and characters that are removed. The migration of the songs'
 * indexes has the same ones.
 */
const betweenWords = '-/()[]{}"&,!?:;_+*#@';
const withinWords = "'.";

/**
 * The expressions of the indexes, character for character. PostgreSQL uses an index only for its own
 * expression.
 */
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

const simple = /^[a-z0-9 ]*$/;

/** The words of a text that `normalizeText` has processed, with a space between two. */
export function plainText(normalized: string): string {
  // Most texts need none of the replacements, each of which costs as much as this test.
  if (simple.test(normalized)) return normalized;
  return normalized
    .replace(anyWithinWords, '')
    .replace(anyBetweenWords, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
}

/** A text that `normalizeText` has processed, without spaces and punctuation. */
export function compactText(normalized: string): string {
  return normalized.replace(anyBetweenLetters, '');
}

/** A typed text in the forms that are compared. */
export interface TypedText {
  /** In the form of `normalized_combined`. */
  normalized: string;
  /** The words, with a space between two. */
  plain: string;
  /** Without spaces and punctuation: `acdc` for `AC/DC`. */
  compact: string;
  /** The words without parts that are spelt in several ways; see `spokenText`. */
  spoken: string;
  /** The words that a song must have. */
  words: string[];
  /** The beginning that a word must have to match each of them: `believin` for `believing`. */
  stems: string[];
  /** The words with letters or digits. A trigram index finds no others. */
  searchable: string[];
}

/** Longer than any title; further characters are ignored. */
const mostCharacters = 200;

/** Further words do not narrow down a search. */
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
    stems: words.map(stemOf),
    searchable: words.filter((word) => /[\p{L}\p{N}]/u.test(word)),
  };
}

/** `and` and `'n'`. `&` has become a space. */
const isAnd = /^(?:and|n)$/;

/**
 * Removes the parts of a plain text that people spell in several ways or leave out: `the` at the beginning,
 * `and`, and the `g` of words such as `believing`, as in `Believin'`.
 */
export function spokenText(plain: string): string {
  let text = plain.startsWith('the ') ? plain.replace(/^the (?=.)/, '') : plain;
  // Most texts have neither, and a search for a constant text is much faster than one for a pattern.
  if (text.includes(' and ') || text.includes(' n ')) text = text.replace(/ (?:and|n)(?= )/g, '');
  return text.includes('ing') ? text.replace(/(?<=[^ ]{3}in)g(?= |$)/g, '') : text;
}

/** The beginning of a word that matches the typed one: `believin` for `believing`. */
function stemOf(word: string): string {
  return spokenText(word);
}

/** Whether each typed word begins a word of a text that `normalizeText` has processed. */
export function beginsWords({ stems }: TypedText, normalized: string): boolean {
  // Without the hyphen between artist and title, most texts are plain already.
  const text = ` ${plainText(normalized.replace(' - ', ' '))}`;
  return stems.every((stem) => text.includes(` ${stem}`));
}

/** The upper bound, by bytes, of the texts that begin with a prefix. */
export function endOfPrefix(prefix: string): string {
  return `${prefix}\u{10ffff}`;
}

/** A LIKE pattern for texts in which a word begins with this one. */
export function beginningPattern(word: string): string {
  return `% ${escapeLike(stemOf(word))}%`;
}

/**
 * A LIKE pattern for texts that contain this word's letters anywhere in a word. For it a trigram index does
 * not read the long lists of words that begin with the first letter and with the first two. A word without
 * three letters in a row has only those lists, so it must begin a word.
 */
export function lettersPattern(word: string): string {
  return /[\p{L}\p{N}]{3}/u.test(word) ? `%${escapeLike(stemOf(word))}%` : beginningPattern(word);
}
