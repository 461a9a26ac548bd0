import { readToken } from './session.js';

/** An error of the API. `body` has its code and details. */
export class ApiError extends Error {
  constructor(status, body) {
    super([body?.message ?? 'The server does not answer as it should.'].flat().join(' '));
    this.status = status;
    this.body = body ?? {};
  }
}

/** Calls the API as the signed-in user. */
export async function call(method, path, { body, signal } = {}) {
  const token = readToken();
  const response = await fetch(path, {
    method,
    signal,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    body: body && JSON.stringify(body),
  }).catch((error) => {
    if (error.name === 'AbortError') throw error;
    throw new ApiError(0, { message: 'The server does not answer. Is it running?' });
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

const recordPath = (table, id) => `/audit/${encodeURIComponent(table)}/${encodeURIComponent(id)}`;

export const fetchTables = () => call('GET', '/audit/tables');

export const fetchRecords = (table) => call('GET', `/audit/${encodeURIComponent(table)}`);

/** A page of a record's trail, newest first. */
export function fetchTrail(table, id, limit, before) {
  const query = new URLSearchParams({ limit, ...(before ? { before } : {}) });
  return call('GET', `${recordPath(table, id)}?${query}`);
}

/** Who last set each value of a record. */
export const fetchBlame = (table, id) => call('GET', `${recordPath(table, id)}/blame`);

/** The state of a record at a time, by column; null when it did not exist. */
export async function fetchState(table, id, time, signal) {
  const query = new URLSearchParams({ time });
  return (await call('GET', `${recordPath(table, id)}/at?${query}`, { signal })).state;
}

export const undoEntry = (sequence, options) =>
  call('POST', `/audit/entries/${sequence}/undo`, { body: options });

export const undoTransaction = (transactionId, options) =>
  call('POST', `/audit/transactions/${transactionId}/undo`, { body: options });

export const restore = (table, id, time, options) =>
  call('POST', `${recordPath(table, id)}/restore`, { body: { time, ...options } });
