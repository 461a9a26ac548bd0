import { jsonPathsBetween } from '../../../src/engine/audit/history/json-paths.js';

describe('the paths of a change within JSON', () => {
  it.each<[string, object, object, object[]]>([
    [
      'of nested objects',
      { a: { b: 1, c: 2 }, d: 3 },
      { a: { b: 1, c: 4 }, d: 3 },
      [{ path: '$.a.c', from: 2, to: 4 }],
    ],
    [
      'that were added and removed',
      { a: 1, b: null },
      { b: 2, c: null },
      [
        { path: '$.a', from: 1 },
        { path: '$.b', from: null, to: 2 },
        { path: '$.c', to: null },
      ],
    ],
    [
      'with keys that are no plain names',
      { 'per hour': 1, 'a"b': 1, '': 1 },
      { 'per hour': 2, 'a"b': 2, '': 2 },
      ['"per hour"', '"a\\"b"', '""'].map((key) => ({ path: `$.${key}`, from: 1, to: 2 })),
    ],
    ['of an element', [1, { x: 1 }, 3], [1, { x: 2 }, 3], [{ path: '$[1].x', from: 1, to: 2 }]],
    ['of an element that came in between', [1, 2, 3], [1, 9, 2, 3], [{ path: '$[1]', to: 9 }]],
    ['of an element that went', ['a', 'b', 'c'], ['b', 'c'], [{ path: '$[0]', from: 'a' }]],
    ['of elements that repeat', [1, 1], [1, 1, 1], [{ path: '$[2]', to: 1 }]],
    [
      'of a value of another type',
      { a: [1] },
      { a: { b: 1 } },
      [{ path: '$.a', from: [1], to: { b: 1 } }],
    ],
    ['of nothing', { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, []],
    [
      'with keys of Object.prototype',
      {},
      JSON.parse('{"__proto__": 1, "constructor": 2}'),
      [
        { path: '$.__proto__', to: 1 },
        { path: '$.constructor', to: 2 },
      ],
    ],
  ])('are those %s', (_what, from, to, paths) => {
    expect(jsonPathsBetween(from, to)).toEqual(paths);
  });

  it.each([
    [null, { a: 1 }],
    ['a', 'b'],
    [[1], { a: 1 }],
    [{ '[json]': null }, { a: 1 }],
  ])('are none from %j to %j, which are compared as a whole', (from, to) => {
    expect(jsonPathsBetween(from, to)).toBeUndefined();
  });
});
