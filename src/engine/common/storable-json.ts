/** What `JSON.stringify` writes for a character that `jsonb` refuses: zero, or half a surrogate pair. */
const refused = /^\\u(?:0000|d[89a-f])/;

/**
 * The same, with U+FFFD in place of the characters that `jsonb` has no place for, also in the names of
 * fields.
 */
export function storableJson<T extends object>(value: T): T {
  const json = JSON.stringify(value);
  // Escape by escape, so that the second backslash of `\\u0000` does not begin one.
  const storable = json.replace(/\\(?:u[0-9a-f]{4}|.)/g, (escape) =>
    refused.test(escape) ? '\ufffd' : escape,
  );
  return storable === json ? value : (JSON.parse(storable) as T);
}
