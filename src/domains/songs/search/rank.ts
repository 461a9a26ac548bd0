import { normalizeText } from '../text/song-text.js';
import type { Candidate } from './search-statements.js';
import { plainText, type TypedText } from './search-expressions.js';

/** How well a song fits what was typed: smaller is better, by the first number that differs. */
type Rank = [tier: number, missedWords: number, length: number];

/**
 * Sorts songs. First come those whose artist or title equals the typed text; then those where it begins
 * one, as whole words or as a part of a word; then those that contain all the words, where whole words and
 * short texts come first. Ties are in alphabetical order.
 */
export function ranked(typed: TypedText, candidates: Iterable<Candidate>): Candidate[] {
  return [...candidates]
    .map((song) => ({ song, rank: rankOf(typed, song) }))
    .sort(
      (a, b) =>
        a.rank[0] - b.rank[0] ||
        a.rank[1] - b.rank[1] ||
        a.rank[2] - b.rank[2] ||
        compare(a.song.normalized, b.song.normalized) ||
        Number(a.song.id) - Number(b.song.id),
    )
    .map(({ song }) => song);
}

function rankOf(typed: TypedText, song: Candidate): Rank {
  const parts = partsOf(song);
  const tier = Math.min(...parts.map((part) => tierOf(part, typed.plain)));
  if (tier < 3) return [tier, 0, 0];
  const text = ` ${parts.join(' ')} `;
  const missed = typed.words.filter((word) => !text.includes(` ${word} `)).length;
  return [tier, missed, song.normalized.length];
}

const separator = ' - ';

/**
 * Artist and title as they are compared. The song has both in normalised form already, unless one of them has
 * in it what stands between them.
 */
function partsOf({ artist, title, normalized }: Candidate): string[] {
  const at = normalized.indexOf(separator);
  const isBetween = at !== -1 && at === normalized.lastIndexOf(separator);
  const parts = isBetween
    ? [normalized.slice(0, at), normalized.slice(at + separator.length)]
    : [normalizeText(artist), normalizeText(title)];
  return parts.map((part) => plainText(part).trim());
}

function tierOf(part: string, typed: string): number {
  if (!part.startsWith(typed)) return 3;
  if (part.length === typed.length) return 0;
  return part[typed.length] === ' ' ? 1 : 2;
}

/** By code units, so that the order is the same whatever the locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
