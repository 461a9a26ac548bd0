import {
  parseChoice,
  parseJsonObject,
  parseWholeNumber,
} from '../../src/commands/argument-values.js';

const range = { least: 1, most: 500, unit: 'entries' };

describe('a whole number on the command line', () => {
  it.each(['1', '500'])('may be %s', (text) => {
    expect(parseWholeNumber('--limit', text, range)).toBe(Number(text));
  });

  it.each(['', ' ', '0', '501', '1.5', '-1', '1e2', '0x10', 'ten', '9'.repeat(40)])(
    'is not "%s"',
    (text) => {
      expect(() => parseWholeNumber('--limit', text, range)).toThrow(
        '--limit takes a whole number from 1 to 500 (entries).',
      );
    },
  );
});

describe('a word on the command line', () => {
  it('is one of the known words', () => {
    expect(parseChoice('--redacted', 'refuse', ['refuse', 'placeholder'])).toBe('refuse');
    expect(() => parseChoice('--redacted', 'Refuse', ['refuse', 'placeholder'])).toThrow(
      '--redacted takes one of refuse, placeholder.',
    );
  });
});

describe('a key of several columns on the command line', () => {
  it('is JSON', () => {
    expect(parseJsonObject('id', '{"a": "b"}')).toEqual({ a: 'b' });
    expect(() => parseJsonObject('id', '{a')).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});
