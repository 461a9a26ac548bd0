import type { QueuedRequest, Request } from '@singr/database';

/** The greatest number that OpenKJ can read. */
const greatest = 2n ** 31n - 1n;

/**
 * Converts the id of a request to the number for OpenKJ. Ids have 64 bits and OpenKJ reads 31, so the numbers
 * begin again at 1 after 2147483647. They are unique within a queue, unless more than two thousand million
 * requests were made in between.
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
    // OpenKJ does not accept a singer without a name in its rotation.
    singer: nameToCall ?? 'Guest',
    request_time: Math.floor(requestedAt.getTime() / 1000),
    key_change: keyChange,
  };
}
