/** The contents of a file, computed while it is made and not by the code under test. */
export interface MessyCatalogue {
  text: string;
  expected: {
    counts: { rows: number; inserted: number; duplicates: number; refused: number };
    problemLines: number[];
    combined: string[];
  };
}

const artists = [
  'Queen',
  'Beyoncé',
  "Guns N' Roses",
  'Earth, Wind & Fire',
  'Motörhead',
  'AC/DC',
  '"Weird Al" Yankovic',
  'Sigur Rós',
  '宇多田ヒカル',
  'Céline Dion',
];
const titles = [
  'Bohemian Rhapsody',
  'Don’t Cry',
  'September',
  'Hello, Goodbye',
  'Say "Hello"',
  'Été',
  'Ace of Spades',
  'Über Alles',
];

/**
 * Makes a catalogue like those of hosts: with a byte order mark, two kinds of line ends, quotes (some not
 * closed), commas, accents, blank fields, blank lines, too many and too few columns, and songs that are
 * repeated in another case or without accents.
 */
export function messyCatalogue(songs: number): MessyCatalogue {
  const lines = ['"Disc",Artist Name, song ,Length'];
  const problemLines: number[] = [];
  const combined: string[] = [];
  const counts = { rows: 0, inserted: 0, duplicates: 0, refused: 0 };
  const add = (artist: string, title: string, rest = ',3:59') => {
    counts.rows++;
    lines.push(`SC${lines.length},${field(artist)},${field(title)}${rest}`);
  };
  const refused = (artist: string, title: string) => {
    add(artist, title);
    counts.refused++;
    problemLines.push(lines.length);
  };
  const duplicate = (artist: string, title: string) => {
    add(artist, title);
    counts.duplicates++;
    problemLines.push(lines.length);
  };
  // It is read as one row, because the second opening quote closes the first.
  const openQuote = () => {
    counts.rows++;
    counts.refused++;
    problemLines.push(lines.length + 1);
    lines.push('SC,"Abba,SOS,3:59', 'SC,Queen,One Vision,3:59', 'SC,"Cher",Believe,3:59');
  };
  for (let index = 0; index < songs; index++) {
    const artist = artists[index % artists.length]!;
    const title = `${titles[(index * 7) % titles.length]!} ${index}`;
    add(index % 11 === 0 ? `  ${artist} ` : artist, title, index % 13 === 0 ? '' : undefined);
    counts.inserted++;
    combined.push(`${artist} - ${title}`);
    if (index % 17 === 0) duplicate(artist.toUpperCase(), title.toLowerCase());
    if (index % 19 === 0) duplicate(withoutAccents(artist), `${title.replaceAll(' ', '  ')} `);
    if (index % 23 === 0) refused('', title);
    if (index % 29 === 0) refused(artist, '   ');
    if (index % 31 === 0) refused('', '');
    // A blank line is not a row.
    if (index % 37 === 0) lines.push('');
    if (index % 41 === 0) add(artist, `${title} 12" Mix`, ',,,,');
    if (index % 41 === 0) combined.push(`${artist} - ${title} 12" Mix`);
    if (index % 41 === 0) counts.inserted++;
    if (index % 43 === 0) openQuote();
  }
  return {
    text: `\ufeff${lines.map((line, index) => line + (index % 5 === 4 ? '\n' : '\r\n')).join('')}`,
    expected: { counts, problemLines, combined },
  };
}

function field(text: string): string {
  // A quote inside an unquoted field is not valid but common.
  const isBareMix = /^[^",]*\d+ 12" Mix$/.test(text);
  return /[",]/.test(text) && !isBareMix ? `"${text.replaceAll('"', '""')}"` : text;
}

function withoutAccents(text: string): string {
  return text.normalize('NFD').replace(/[\u0300-\u036f]/g, '');
}
