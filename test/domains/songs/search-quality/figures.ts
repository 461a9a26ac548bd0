import { expectedHits, type ExpectedHit } from './catalogue.js';

/** The number of queries whose song came first, and of those whose song was among the first ten. */
export interface Figures {
  first: number;
  withinTen: number;
}

/** Runs each query of the list. `find` returns the texts of at least ten songs, the best first. */
export async function figuresOf(
  find: (query: string) => Promise<readonly string[]>,
): Promise<Figures> {
  const figures = { first: 0, withinTen: 0 };
  for (const hit of expectedHits) {
    const place = (await find(hit.query)).findIndex((song) => isRight(hit, song));
    if (place === 0) figures.first++;
    if (place >= 0 && place < 10) figures.withinTen++;
  }
  return figures;
}

function isRight({ artist, title }: ExpectedHit, song: string): boolean {
  return title === '*' ? song.startsWith(`${artist} - `) : song === `${artist} - ${title}`;
}
