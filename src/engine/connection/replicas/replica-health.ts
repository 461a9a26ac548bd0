import { answerWithin } from '../../common/answer-within.js';
import type { Replica } from './replica.js';
import type { WalPosition } from './wal-position.js';

/** The state of a replica. */
export interface ReplicaHealth {
  readonly status: 'up' | 'down';
  /**
   * How far it is behind the primary, in bytes of the log; absent if it is down, is no standby, or the primary
   * does not answer.
   */
  readonly lagBytes?: number;
  /** How long ago the last transaction that it replayed was committed, in milliseconds; 0 if it is not behind. */
  readonly lagMs?: number;
}

/**
 * Checks a replica now.
 *
 * @param limitMs after which it counts as down, in milliseconds
 * @param primary where the log of the primary was before; undefined if it is not known
 */
export async function healthOf(
  replica: Replica,
  limitMs: number,
  primary: WalPosition | undefined,
): Promise<ReplicaHealth> {
  const inTime = await answerWithin(limitMs, replica.check()).then(
    () => true,
    () => false,
  );
  const { state } = replica;
  if (!inTime || state === undefined) return { status: 'down' };
  const { position, ageMs } = state;
  if (position === undefined || primary === undefined) return { status: 'up' };
  const lagBytes = position >= primary ? 0 : Number(primary - position);
  return { status: 'up', lagBytes, lagMs: lagBytes === 0 ? 0 : (ageMs ?? 0) };
}
