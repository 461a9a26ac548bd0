import { DomainRepository } from '../../common/domain.repository.js';
import { checkCount } from '../../../engine/common/check-count.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { SingerRequestHistory } from '../entities/singer-request-history.entity.js';
import { InvalidHistoryPageError } from '../errors.js';

/** A part of a singer's history, the newest first. */
export interface SingerHistoryPage {
  entries: SingerRequestHistory[];
  /** What to ask for the next page with; null on the last. */
  nextCursor: string | null;
}

export interface SingerHistoryPageOptions {
  /** Entries on a page, 1 to 500. Default: 50. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

const mostEntries = 500;

/** With its microseconds, which a `Date` would cut: entries would be skipped, or come twice. */
const exactTime = `to_char(entry.requested_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

export class SingerRequestHistoryRepository extends DomainRepository<SingerRequestHistory> {
  /**
   * What a singer asked to sing, the newest first, a page at a time. Pages neither skip an entry nor show
   * one twice, whatever is added or deleted in between, and each costs the same.
   *
   * @throws InvalidCountError for a limit that is not valid
   * @throws InvalidHistoryPageError for a cursor that is not valid
   */
  async page(
    singerProfileId: string,
    { limit = 50, cursor }: SingerHistoryPageOptions = {},
  ): Promise<SingerHistoryPage> {
    checkCount('limit', limit, { most: mostEntries });
    const after = cursor === undefined ? undefined : parseCursor(cursor);
    if (!isUuid(singerProfileId)) return { entries: [], nextCursor: null };
    const query = this.createQueryBuilder('entry')
      .where('entry.singerProfileId = :singerProfileId', { singerProfileId })
      .addSelect(exactTime, 'exact_time')
      .orderBy('entry.requestedAt', 'DESC')
      .addOrderBy('entry.id', 'DESC')
      .limit(limit + 1);
    if (after !== undefined) {
      query.andWhere('(entry.requestedAt, entry.id) < (:time::timestamptz, :id::uuid)', after);
    }
    const { entities, raw } = await query.getRawAndEntities<{ exact_time: string }>();
    const entries = entities.slice(0, limit);
    const isLast = entities.length <= limit;
    return {
      entries,
      nextCursor: isLast ? null : formatCursor(raw[limit - 1]!.exact_time, entries.at(-1)!.id),
    };
  }
}

function formatCursor(time: string, id: string): string {
  return Buffer.from(`${time} ${id}`).toString('base64url');
}

function parseCursor(cursor: string): { time: string; id: string } {
  const [time = '', id] = Buffer.from(cursor, 'base64url').toString().split(' ');
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(time) || !isUuid(id)) {
    throw new InvalidHistoryPageError(
      'The cursor is not valid. Give the nextCursor of the page before as it was, or none for the first page.',
    );
  }
  return { time, id };
}
