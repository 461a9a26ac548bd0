import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { lookUpName, quickSymbolLookup } from '../../../src/engine/embedded/symbol-lookup.js';

describe('the look-up of a library’s symbols', () => {
  /** An object that counts how often its names are listed. */
  function library(exported: Record<string, number>) {
    const counts = { listed: 0 };
    const names = new Proxy(exported, {
      ownKeys: (target) => {
        counts.listed++;
        return Reflect.ownKeys(target);
      },
    });
    return { names, counts };
  }

  /** The look-up that the engine is given in place of its own. */
  async function lookUpIn(own: (exported: object, symbol: string) => unknown) {
    let given: Record<string, Record<string, unknown>> = {};
    const instantiateWasm = (imports: typeof given) => (given = imports);
    const { emscriptenOpts } = await quickSymbolLookup.setup({} as PGlite, { instantiateWasm });
    emscriptenOpts.instantiateWasm({ env: { [lookUpName]: own, other: 1 }, GOT: { mem: 2 } });
    expect(given).toMatchObject({ env: { other: 1 }, GOT: { mem: 2 } });
    return given.env![lookUpName] as typeof own;
  }

  it('lists them once, and finds what the engine finds', async () => {
    const lookUp = await lookUpIn((exported, symbol) => Object.keys(exported).indexOf(symbol));
    const first = library({ a: 1, b: 2 });
    const second = library({ b: 3 });
    expect(['a', 'b', 'c'].map((symbol) => lookUp(first.names, symbol))).toEqual([0, 1, -1]);
    expect(lookUp(second.names, 'b')).toBe(0);
    expect([first.counts, second.counts]).toEqual([{ listed: 1 }, { listed: 1 }]);
  });

  it('restores everything else, also when it fails', async () => {
    const { keys } = Object;
    const lookUp = await lookUpIn((_, symbol) => {
      throw new Error(symbol);
    });
    expect(() => lookUp({}, 'a')).toThrow('a');
    expect(Object.keys).toBe(keys);
  });

  it('does not change an engine without this function', async () => {
    const imports = { env: { other: 1 } };
    const instantiateWasm = jest.fn();
    const { emscriptenOpts } = await quickSymbolLookup.setup({} as PGlite, { instantiateWasm });
    emscriptenOpts.instantiateWasm(imports, 'success');
    expect(instantiateWasm).toHaveBeenCalledWith(imports, 'success');
  });

  it('is a function that the installed engine imports', () => {
    const folder = dirname(require.resolve('@electric-sql/pglite'));
    // As the module has it: the names with their lengths, and 0 for a function.
    const entry = `\x03env\x09${lookUpName}\x00`;
    expect(readFileSync(join(folder, 'pglite.wasm')).includes(entry, 0, 'latin1')).toBe(true);
  });
});
