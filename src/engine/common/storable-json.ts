/** The JSON escapes of characters that `jsonb` refuses: zero and lone surrogates. */
const refused = /^\\u(?:0000|d[89a-f])/;

/**
 * Replaces the characters that `jsonb` cannot store with U+FFFD, also in the names of fields. Returns `value`
 * itself when there are none.
 */
export function storableJson<T extends object>(value: T): T {
  const json = JSON.stringify(value);
  // The pattern consumes each escape as a whole, so that the second backslash of `\\u0000` does not start one.
  const storable = json.replace(/\\(?:u[0-9a-f]{4}|.)/g, (escape) =>
    refused.test(escape) ? '\ufffd' : escape,
  );
  return storable === json ? value : (JSON.parse(storable) as T);
}
