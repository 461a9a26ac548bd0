import type { Extension } from '@electric-sql/pglite';

type LookUp = (...args: unknown[]) => unknown;
type Imports = Record<string, Record<string, unknown>>;
type InstantiateWasm = (imports: Imports, success: unknown) => unknown;

/** The function of the engine that looks up a symbol of a library. */
export const lookUpName = '_dlsym_js';

/**
 * Caches the list of symbols of a library.
 *
 * The engine lists all symbols (`Object.keys`) at each lookup. PostGIS has tens of thousands of symbols, and
 * `CREATE EXTENSION postgis` looks up hundreds, which took most of its time.
 */
export const quickSymbolLookup: Extension = {
  name: 'quick symbol lookup',
  async setup(_pg, emscriptenOpts: { instantiateWasm: InstantiateWasm }) {
    const instantiateWasm: InstantiateWasm = (imports, success) =>
      emscriptenOpts.instantiateWasm(withQuickLookup(imports), success);
    return { emscriptenOpts: { ...emscriptenOpts, instantiateWasm } };
  },
};

function withQuickLookup(imports: Imports): Imports {
  const lookUp = imports.env?.[lookUpName];
  if (typeof lookUp !== 'function') return imports;
  return { ...imports, env: { ...imports.env, [lookUpName]: listingOnce(lookUp as LookUp) } };
}

/** Lists the symbols of each library once, as they do not change after it is loaded. */
function listingOnce(lookUp: LookUp): LookUp {
  const listed = new WeakMap<object, string[]>();
  return (...args) => {
    const { keys } = Object;
    Object.keys = (exported: object) => {
      const names = listed.get(exported) ?? keys(exported);
      listed.set(exported, names);
      return names;
    };
    try {
      return lookUp(...args);
    } finally {
      Object.keys = keys;
    }
  };
}
