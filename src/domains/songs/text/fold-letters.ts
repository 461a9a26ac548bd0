/**
 * Letters that Unicode does not decompose, each with the letters that people type for it on a Latin keyboard.
 * A sign that only changes the letter before it becomes an apostrophe.
 */
const letters = pairs(
  'ł l, đ d, ð d, ø o, ħ h, ŧ t, ı i, ĸ k, ŋ n, ə e, ƒ f, æ ae, œ oe, ß ss, þ th',
  'а a, б b, в v, г g, д d, е e, ж zh, з z, и i, к k, л l, м m, н n, о o, п p, р r, с s, т t, у u, ф f',
  "х h, ц ts, ч ch, ш sh, щ shch, ъ ', ы y, ь ', э e, ю yu, я ya",
  'ґ g, є ye, і i, ј j, љ lj, њ nj, ћ c, ђ d, џ dz, ѕ dz, ә a, ғ g, қ k, ң n, ө o, ұ u, ү u, һ h',
  'α a, β v, γ g, δ d, ε e, ζ z, η i, θ th, ι i, κ k, λ l, μ m, ν n, ξ x, ο o, π p, ρ r, σ s, ς s, τ t',
  'υ y, φ f, χ h, ψ ps, ω o, ου ou, μπ b, γγ ng, ντ d, γκ g',
);

/** Typographic marks, each with the mark on the keyboard. */
const marks = pairs(
  '‘ \', ’ \', ‚ \', ‛ \', ʼ \', ′ \', “ ", ” ", „ ", « ", » ", 「 ", 」 ", 『 ", 』 "',
  '‐ -, ‑ -, ‒ -, – -, — -, ― -, − -, ・ -, \u05be -, ¡ !, ¿ ?, 。 ., 、 ,',
);

const folded = { ...letters, ...marks };
const singles = Object.keys(folded).filter((found) => found.length === 1);
/** Two Greek letters can stand for one sound, some of them only at the beginning of a word. */
const anyFolded = new RegExp(`ου|μπ|γγ|(?<!\\p{L})(?:ντ|γκ)|[${singles.join('')}]`, 'gu');

/** Katakana with a corresponding hiragana, whose code point is less by 96. */
const katakana = /[\u30a1-\u30f6\u30fd\u30fe]/g;

/**
 * Replaces letters and marks of a text by those that people type for them. The text must be in lower case,
 * decomposed and without accents.
 */
export function foldLetters(text: string): string {
  return text
    .replace(anyFolded, (found) => folded[found]!)
    .replace(katakana, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0x60));
}

function pairs(...lines: string[]): Record<string, string> {
  return Object.fromEntries(
    lines.flatMap((line) => line.split(', ').map((pair) => pair.split(' '))),
  );
}
