/** An answer other than success. `body` has its code and details. */
export class ApiError extends Error {
  constructor(status, body) {
    super([body?.message ?? 'The server does not answer as it should.'].flat().join(' '));
    this.status = status;
    this.body = body ?? {};
  }
}

/** The address of a call: relative to the page, so that the page may have any path. */
export function apiUrl(path, query = {}) {
  const url = new URL(`api/${path}`, document.baseURI);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') url.searchParams.set(name, value);
  }
  return url;
}

/** Calls the API. The browser sends the cookies that the user signed in with. */
async function call(method, url, { body, signal } = {}) {
  const response = await fetch(url, {
    method,
    signal,
    headers: {
      accept: 'application/json',
      // A form of another site cannot send these two.
      ...(body ? { 'content-type': 'application/json', 'x-audit-page': '1' } : {}),
    },
    body: body && JSON.stringify(body),
  }).catch((error) => {
    if (error.name === 'AbortError') throw error;
    throw new ApiError(0, {
      message: 'The server does not answer. Check your connection, and try again.',
    });
  });
  const text = await response.text();
  const answer = text === '' ? null : parse(text);
  if (!response.ok) throw new ApiError(response.status, answer);
  return answer;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const get = (path, query, signal) => call('GET', apiUrl(path, query), { signal });
const post = (path, body) => call('POST', apiUrl(path), { body });
const recordPath = (table, id) => `records/${encodeURIComponent(table)}/${encodeURIComponent(id)}`;

export const fetchSession = () => get('session');

/** Records by text, or those changed last. */
export const fetchRecords = (query, signal) => get('records', query, signal);

/** A page of entries, with the cursor of the next one. */
export const fetchEntries = (query, signal) => get('entries', query, signal);

/** Where the entries of these filters are downloaded, in full. */
export const exportUrl = (query, format) => apiUrl('entries/export', { ...query, format });

export const fetchPeople = (text, signal) => get('people', { text }, signal);

/** A record with who set each value. */
export const fetchRecord = (table, id, signal) => get(recordPath(table, id), {}, signal);

/** A record at a time; its `fields` are null when it did not exist. */
export const fetchRecordAt = (table, id, moment, signal) =>
  get(`${recordPath(table, id)}/at`, { moment }, signal);

export const undo = (body) => post('undo', body);
export const restore = (body) => post('restore', body);
export const restoreGroup = (body) => post('restore-group', body);
