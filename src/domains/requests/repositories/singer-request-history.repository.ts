import { DomainRepository } from '../../common/domain.repository.js';
import { rawAndEntities } from '../../common/raw-and-entities.js';
import { checkCount } from '../../../engine/common/check-count.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { SingerRequestHistory } from '../entities/singer-request-history.entity.js';
import { InvalidHistoryPageError } from '../errors.js';
import { isoTime } from '../../../engine/common/iso-time.js';

/** A page of a singer's history, newest first. */
export interface SingerHistoryPage {
  entries: SingerRequestHistory[];
  /** The cursor of the next page; null on the last page. */
  nextCursor: string | null;
}

export interface SingerHistoryPageOptions {
  /** Entries per page, 1 to 500. Default: 50. */
  limit?: number;
  /** The `nextCursor` of the previous page. */
  cursor?: string;
}

const mostEntries = 500;

/** The time in microseconds. A `Date` has milliseconds only, so pages would skip or repeat entries. */
const exactTime = isoTime('entry.requested_at');

export class SingerRequestHistoryRepository extends DomainRepository<SingerRequestHistory> {
  /**
   * Reads a page of a singer's requests, each with its venue, newest first. Pages neither skip nor repeat an entry when others
   * are added or deleted in between, and every page costs about the same.
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
      .innerJoinAndSelect('entry.venue', 'venue')
      .where('entry.singerProfileId = :singerProfileId', { singerProfileId })
      .addSelect(exactTime, 'exact_time')
      .orderBy('entry.requestedAt', 'DESC')
      .addOrderBy('entry.id', 'DESC')
      .limit(limit + 1);
    if (after !== undefined) {
      query.andWhere('(entry.requestedAt, entry.id) < (:time::timestamptz, :id::uuid)', after);
    }
    const { entities, raw } = await rawAndEntities<SingerRequestHistory, { exact_time: string }>(
      query,
    );
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
      'The cursor is not valid. Give the nextCursor of the previous page unchanged, or none for the first page.',
    );
  }
  return { time, id };
}
