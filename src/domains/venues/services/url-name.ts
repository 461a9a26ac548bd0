/**
 * The maximum length in characters: enough for a venue's name and town, and short enough for an address bar.
 */
const longest = 60;

/** Latin letters that Unicode does not decompose into a plain letter and an accent. */
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
 * Converts a name to its form in URLs: no accents, lower-case letters and digits, a hyphen for everything
 * between them, at most 60 characters. `Café "Zum Ännchen"` becomes `cafe-zum-annchen`. A name without any
 * letter or digit becomes `venue`.
 */
export function urlNameOf(name: string): string {
  const words = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, (letter) => spelled[letter] ?? letter)
    // An apostrophe is dropped without a hyphen: Joe's becomes joes.
    .replace(/['’]/g, '')
    .replace(/[^a-z0-9]+/g, '-');
  return words.replace(/^-+/, '').slice(0, longest).replace(/-+$/, '') || 'venue';
}
