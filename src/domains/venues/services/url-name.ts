/** Long enough for a name and a town; a browser's address bar shows about as much. */
const longest = 60;

/** Latin letters that are not a plain letter and an accent to Unicode. */
const spelled: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ŧ: 't',
  ŋ: 'ng',
  ı: 'i',
};

/**
 * A name as it stands in a URL: accents off, small letters and digits, hyphens for whatever is between
 * them, at most 60 characters. `Café "Zum Ännchen"` gives `cafe-zum-annchen`. A name of which nothing
 * would be left gives `venue`.
 */
export function urlNameOf(name: string): string {
  const words = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, (letter) => spelled[letter] ?? letter)
    // An apostrophe joins: Joe's is joes.
    .replace(/['’]/g, '')
    .replace(/[^a-z0-9]+/g, '-');
  return words.replace(/^-+/, '').slice(0, longest).replace(/-+$/, '') || 'venue';
}
