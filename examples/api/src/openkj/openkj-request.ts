import type { QueuedRequest, Request } from '@singr/database';

/** The greatest number that OpenKJ can read. */
const greatest = 2n ** 31n - 1n;

/**
 * The number by which OpenKJ knows a request. Ids have 64 bits, and OpenKJ reads 31: beyond them the numbers
 * begin again at 1. No two requests in a queue have the same, unless two thousand million lie between them.
 */
export function requestNumber({ id }: Pick<Request, 'id'>): number {
  return Number((BigInt(id) - 1n) % greatest) + 1;
}

/** An open request as OpenKJ reads it. */
export function openKjRequest(request: QueuedRequest) {
  const { artist, title, nameToCall, requestedAt, keyChange } = request;
  return {
    request_id: requestNumber(request),
    artist,
    title,
    // OpenKJ puts nobody without a name into its rotation.
    singer: nameToCall ?? 'Guest',
    request_time: Math.floor(requestedAt.getTime() / 1000),
    key_change: keyChange,
  };
}
