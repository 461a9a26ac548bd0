import { checkKey } from '../../../engine/idempotency/idempotency-key.js';
import { fingerprintOf } from '../../../engine/idempotency/fingerprint.js';

/** Who asks for a song. */
export interface Singer {
  readonly singerProfileId: string | null;
  readonly singerName: string | null;
  readonly submittedByUserId: string | null;
}

/**
 * A hash of the key and the singer, as a UUID. The singer is the profile, else the guest of this name, else the
 * user who sends the request. A hash stays the same when the profile or the user is deleted later.
 *
 * @throws InvalidIdempotencyKeyError
 */
export function submissionKey(
  key: string,
  { singerProfileId, singerName, submittedByUserId }: Singer,
): string {
  const singer =
    singerProfileId !== null
      ? { profile: singerProfileId.toLowerCase() }
      : singerName !== null
        ? { guest: singerName.toLowerCase() }
        : { user: submittedByUserId?.toLowerCase() };
  return fingerprintOf([checkKey(key), singer]).toString('hex', 0, 16);
}
