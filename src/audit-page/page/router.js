/**
 * The views are addressed by the fragment, such as `#/record/venues/5b14…` or `#/activity?actor=7`. So each
 * of them can be linked, and the browser's back button leads to the one before.
 */

/** Reads a fragment. */
export function readAddress(hash) {
  const [path, query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [view, ...rest] = path.split('/').map(decoded);
  return {
    view: view || 'find',
    path: rest,
    params: Object.fromEntries(new URLSearchParams(query)),
  };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Writes a fragment. Parameters without a value are left out. */
export function address(view, path = [], params = {}) {
  const given = Object.entries(params).filter(([, value]) => value);
  const query = given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
  return `#/${[view, ...path].map(encodeURIComponent).join('/')}${query}`;
}

export const recordAddress = (table, id, params) => address('record', [table, id], params);
export const activityAddress = (filters) => address('activity', [], filters);

/** Shows another view. */
export function go(hash) {
  location.hash = hash;
}
