import { ForbiddenException, Injectable, NotFoundException } from '@nestjs/common';
import { type AuditLog, AuditLogRepository, UserRepository } from '@singr/database';
import { In, LessThan } from 'typeorm';
import type { SignedInUser } from '../auth/signed-in-user.js';
import type { AuditQuery } from './audit.schemas.js';

/** Who changed a record, and when. */
@Injectable()
export class AuditService {
  constructor(
    private readonly auditLogs: AuditLogRepository,
    private readonly users: UserRepository,
  ) {}

  /**
   * The trail of a record, newest first, also of one that is deleted.
   *
   * @throws ForbiddenException unless the user may read the whole trail, or owns the venue it is about
   * @throws NotFoundException when nothing is recorded
   */
  async trail(user: SignedInUser, tableName: string, recordId: string, query: AuditQuery) {
    if (
      !user.permissions.has('audit:read') &&
      !(await this.isOwnVenue(user, tableName, recordId))
    ) {
      throw new ForbiddenException('You may read the trail of your own venues only.');
    }
    const entries = await this.auditLogs.find({
      where: {
        tableName,
        recordId,
        ...(query.before === undefined ? {} : { sequence: LessThan(query.before) }),
      },
      order: { sequence: 'DESC' },
      take: query.limit,
    });
    if (entries.length === 0 && query.before === undefined) {
      throw new NotFoundException(`Nothing is recorded of ${tableName} ${recordId}.`);
    }
    return this.present(entries);
  }

  private async present(entries: AuditLog[]) {
    const userIds = [...new Set(entries.flatMap(({ userId }) => userId ?? []))];
    const users = await this.users.find({
      select: { id: true, email: true },
      where: { id: In(userIds) },
    });
    const emails = new Map(users.map(({ id, email }) => [id, email]));
    return entries.map((entry) => ({
      sequence: entry.sequence,
      at: entry.createdAt,
      operation: entry.operation,
      actor: {
        userId: entry.userId,
        email: (entry.userId !== null && emails.get(entry.userId)) || null,
        name: entry.actorName,
      },
      changedColumns: entry.changedColumns,
      oldData: entry.oldData,
      newData: entry.newData,
      requestId: entry.requestId,
      route: entry.route,
    }));
  }

  /** Asks the trail itself, so that the owner of a deleted venue can read what became of it. */
  private async isOwnVenue(
    { customerProfileId }: SignedInUser,
    tableName: string,
    recordId: string,
  ): Promise<boolean> {
    if (customerProfileId === undefined || tableName !== 'venues') return false;
    const latest = await this.auditLogs.findOne({
      where: { tableName, recordId, operation: In(['INSERT', 'UPDATE', 'DELETE']) },
      order: { sequence: 'DESC' },
    });
    const image = latest?.newData ?? latest?.oldData;
    return image?.customer_profiles_id === customerProfileId;
  }
}
