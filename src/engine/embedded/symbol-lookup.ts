import type { Extension } from '@electric-sql/pglite';

type LookUp = (...args: unknown[]) => unknown;
type Imports = Record<string, Record<string, unknown>>;
type InstantiateWasm = (imports: Imports, success: unknown) => unknown;

/** The engine's function that finds a symbol of a library. */
export const lookUpName = '_dlsym_js';

/**
 * Makes the engine list the symbols of a library once.
 *
 * By itself it lists all of them (`Object.keys`) each time that it looks for one. PostGIS has tens of
 * thousands, and `CREATE EXTENSION postgis` looks for hundreds: that was most of the time that it took.
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

/** What a library exports does not change once it is loaded. */
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
