/** Numbers that look random and follow from a seed, so that a failing run can be repeated. */
export class Dice {
  constructor(private state: number) {}

  /** From 0 up to, and without, `limit`. */
  below(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  /** One time in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  uuid(): string {
    const hex = Array.from({ length: 32 }, () => this.below(16).toString(16)).join('');
    return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5');
  }
}

const texts = [
  '',
  'plain',
  ' spaces ',
  `it's "quoted" \\ back\\slashed`,
  'line\nbreak\ttab\r',
  'Zoë ß 東京 🎤 \u0065\u0301',
  '{"json": [1]}',
  '{a,b,NULL}',
  '[redacted]',
  '[erased]',
  'null',
  '\u0001\u001f\u007f\u2028',
  '%s $1 ${x} --',
  'x'.repeat(3000),
];

const documents = [
  '{}',
  '[]',
  '"text"',
  '0',
  'true',
  '{"price": 1.50, "big": 12345678901234567890123, "tiny": 1e-30, "huge": 1e300}',
  '{"nested": {"list": [1, null, {"a": "\\u00e9\\n"}]}, "": null}',
  '{"password": "[redacted]", "a": -0.0}',
];

const arrays = [
  '{}',
  '{a,"b c","",NULL}',
  '{"NULL","[1]","\\"q\\"","back\\\\slash"}',
  '{{a,b},{c,d}}',
];

const times = [
  'infinity',
  '-infinity',
  '0044-03-15 12:00:00+00 BC',
  '1969-12-31 23:59:59.999999+00',
  '9999-12-31 23:59:59.999999+00',
  '12026-01-01 00:00:00.000001+00',
];

// Beyond what a number of JavaScript holds, with room for a serial to move on.
const bigints = ['9223372036854775000', '-9223372036854775808', '9007199254740993', '0'];

const coordinate = (dice: Dice, limit: number) =>
  (dice.below(2 ** 32) / 2 ** 31 - 1) * limit + dice.below(2 ** 32) / 2 ** 62;

/** A value of a type, as the text that PostgreSQL reads. */
export function randomValue(dice: Dice, type: string, labels: readonly string[]): string {
  if (labels.length > 0) return dice.pick(labels);
  switch (type) {
    case 'uuid':
      return dice.uuid();
    case 'text':
      return dice.pick(texts);
    case 'character(3)':
      return dice.pick(['usd', 'e', '', 'ab', ' x']);
    case 'boolean':
      return dice.pick(['true', 'false']);
    case 'integer':
      return String(dice.pick([0, 1, -1, 2147483647, -2147483648, dice.below(1000)]));
    case 'bigint':
      return dice.pick(bigints);
    case 'jsonb':
      return dice.pick(documents);
    case 'text[]':
      return dice.pick(arrays);
    case 'timestamp(6) with time zone':
      return dice.once(3)
        ? dice.pick(times)
        : `20${10 + dice.below(30)}-0${1 + dice.below(9)}-1${dice.below(10)} 0${dice.below(10)}:30:00.${String(dice.below(1_000_000)).padStart(6, '0')}+00`;
    case 'geography(Point,4326)':
      return dice.once(5)
        ? 'SRID=4326;POINT EMPTY'
        : `SRID=4326;POINT(${coordinate(dice, 180)} ${coordinate(dice, 90)})`;
    default:
      throw new Error(`no values of the type ${type}`);
  }
}
