import { createHash } from 'node:crypto';
import { foldLetters } from './fold-letters.js';

/**
 * Marks that NFKD separates from their letters and that people do not type: the combining diacritical marks
 * (U+0300 and others), Hebrew points and Arabic short vowels.
 *
 * Other combining marks are kept, such as the vowels of Thai and of Indian scripts, and the dots that
 * distinguish ガ from カ. Without them, different titles would become equal.
 */
const accents =
  /[\u0300-\u036f]|[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]|[\u064b-\u065f]|\u0670|[\u1ab0-\u1aff]|[\u1dc0-\u1dff]|[\u20d0-\u20ff]|[\ufe20-\ufe2f]/g;

/** Control characters and invisible marks that files contain and no text needs. */
const invisible = /(?![\u200c\u200d])[\p{Cc}\p{Cf}]/gu;

/**
 * The zero width (non-)joiner. Persian words, Indian scripts and many emoji are displayed wrongly without
 * them. Nobody types them, and they have no effect before a word.
 */
const joiners = /[\u200c\u200d]/g;
const joinersBeforeWords = /(?<=^| )[\u200c\u200d]+/g;

const plain = /^[\x20-\x7e]*$/;

/**
 * Returns a text in the form that is stored and shown: white space is folded, and invisible characters are
 * removed, except joiners within words. An unpaired surrogate, which PostgreSQL cannot store, becomes U+FFFD.
 */
export function displayText(text: string): string {
  const visible = plain.test(text)
    ? text
    : Buffer.from(text)
        .toString()
        .replace(/\s+/g, ' ')
        .replace(invisible, '')
        .replace(joinersBeforeWords, '');
  return visible.replace(/ {2,}/g, ' ').trim();
}

/** й, which NFKD decomposes into и and a breve. People type `y` for it. */
const breveOfY = /и\u0306/gi;

/**
 * Signs that artists write for letters, such as `Ke$ha` and `P!nk`. Prices and ends of sentences do not
 * match.
 */
const dollars = /\$+/g;
const markForI = /(?<=\p{L})!(?=\p{L})/gu;

/**
 * Returns a text in the form that is compared and searched: NFKD, without accents, in lower case, with white
 * space folded, and with the letters and marks of a Latin keyboard. Punctuation is kept:
 * `Queen - Bohemian Rhapsody` becomes `queen - bohemian rhapsody`, `Beyoncé` `beyonce`, `Ke$ha` `kesha`, and
 * `Кино` `kino`. Katakana become hiragana.
 *
 * A text that is already normalised does not change.
 */
export function normalizeText(text: string): string {
  const shown = displayText(text);
  const letters = plain.test(shown) ? shown.toLowerCase() : typedLetters(shown);
  return /[$!]/.test(letters)
    ? letters.replace(dollars, dollarsForS).replace(markForI, 'i')
    : letters;
}

/**
 * Several dollar signs in a row are all replaced or none, because each replaced one is a letter beside the
 * next.
 */
function dollarsForS(found: string, at: number, text: string): string {
  const end = at + found.length;
  const isBesideLetter =
    /\p{L}$/u.test(text.slice(Math.max(0, at - 2), at)) || /^\p{L}/u.test(text.slice(end, end + 2));
  return isBesideLetter ? 's'.repeat(found.length) : found;
}

function typedLetters(shown: string): string {
  const decomposed = shown.normalize('NFKD').replace(breveOfY, 'y');
  const letters = decomposed.replace(accents, '').replace(joiners, '').toLowerCase();
  // NFKD converts no-break spaces and similar characters to spaces.
  return displayText(foldLetters(letters));
}

/** Artist and title as one text, such as `Queen - Bohemian Rhapsody`. */
export function combinedText(artist: string, title: string): string {
  return `${displayText(artist)} - ${displayText(title)}`;
}

/**
 * Identifies a song: all spellings with the same normalised text have the same fingerprint. It is the
 * SHA-256, as 64 lower-case hexadecimal digits, of the UTF-8 bytes of the normalised artist, one line feed
 * (0x0A), and the normalised title. Neither of them can contain a line feed.
 */
export function songFingerprint(artist: string, title: string): string {
  return createHash('sha256')
    .update(`${normalizeText(artist)}\n${normalizeText(title)}`, 'utf8')
    .digest('hex');
}
