/** The trigrams of a text's words, as `pg_trgm` makes them. */
function trigramsOf(words: readonly string[]): Set<string> {
  const found = new Set<string>();
  for (const word of words) {
    const padded = `  ${word} `;
    for (let at = 0; at + 3 <= padded.length; at++) found.add(padded.slice(at, at + 3));
  }
  return found;
}

/**
 * Compares a typed text with the title, the artist, and both of a song; the greatest similarity counts. A
 * similarity, from 0 to 1, is the mean of two values: the share of the typed trigrams that the song has, and
 * the Dice coefficient of the two sets of trigrams.
 */
export function similarityTo(typed: string): (artist: string, title: string) => number {
  const wanted = trigramsOf(wordsOf(typed));
  const similarity = (found: ReadonlySet<string>) => {
    const shared = common(wanted, found);
    return (shared / wanted.size + (2 * shared) / (wanted.size + found.size)) / 2;
  };
  return (artist, title) => {
    const ofArtist = trigramsOf(wordsOf(artist));
    const ofTitle = trigramsOf(wordsOf(title));
    const both = new Set([...ofArtist, ...ofTitle]);
    return Math.max(similarity(ofArtist), similarity(ofTitle), similarity(both));
  };
}

function wordsOf(text: string): string[] {
  return text.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
}

function common(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let count = 0;
  for (const trigram of a) if (b.has(trigram)) count++;
  return count;
}
