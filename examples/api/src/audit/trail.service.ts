import { Injectable, NotFoundException } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import {
  type AuditEntry,
  AuditService,
  type BlamedEntry,
  type ColumnChange,
  type DatabaseDataSource,
  type Moment,
} from '@singr/database';
import type { ObjectLiteral } from 'typeorm';
import type { SignedInUser } from '../auth/signed-in-user.js';
import { ActorNames, type NamedPerson } from './actor-names.js';
import type { AuditQuery, DiffQuery, RecordsQuery, StateQuery } from './audit.schemas.js';
import { recordLabel } from './record-label.js';
import { TrailAccess } from './trail-access.js';

/** The number of entries of a table that the list of recent records reads. */
const recentEntries = 500;

/** Reads who changed a record and when, and its state at any time. */
@Injectable()
export class TrailService {
  constructor(
    @InjectDataSource() private readonly database: DatabaseDataSource,
    private readonly audit: AuditService,
    private readonly access: TrailAccess,
    private readonly actors: ActorNames,
  ) {}

  /** The tables whose records the user may read. */
  tables(user: SignedInUser): string[] {
    if (!this.access.readsEverything(user)) {
      return user.customerProfileId === undefined ? [] : ['venues'];
    }
    const names = this.database.entityMetadatas.map(({ tableName }) => tableName);
    return names.filter((name) => name !== 'audit_logs').sort();
  }

  /** Lists the most recently changed records of a table, each with its last change. */
  async records(user: SignedInUser, table: string, { limit, tenant: asked }: RecordsQuery) {
    const tenant = this.access.readsEverything(user) ? asked : user.customerProfileId;
    const { entries } = await this.audit.history({
      table,
      limit: recentEntries,
      ...(tenant === undefined ? {} : { tenant }),
    });
    const latest = new Map<string, AuditEntry>();
    for (const entry of entries) {
      if (entry.recordId === null || latest.has(entry.recordId)) continue;
      if (!this.access.readsEverything(user) && !this.access.isOwn(user, entry)) continue;
      latest.set(entry.recordId, entry);
      if (latest.size === limit) break;
    }
    const actorOf = await this.actors.of([...latest.values()]);
    return [...latest].map(([id, entry]) => ({
      id,
      label: recordLabel(entry.after ?? entry.before),
      operation: entry.operation,
      at: entry.at,
      actor: actorOf(entry),
    }));
  }

  /**
   * The trail of a record, newest first. The record may be deleted.
   *
   * @throws ForbiddenException unless the user may read the whole trail, or owns the venue it is about
   * @throws NotFoundException when nothing is recorded
   */
  async trail(user: SignedInUser, table: string, id: string, { before, limit }: AuditQuery) {
    await this.access.assertMayRead(user, table, id);
    const { entries } = await this.audit.history({ table, id, limit, cursor: before });
    if (entries.length === 0 && before === undefined) {
      throw new NotFoundException(`Nothing is recorded of ${table} ${id}.`);
    }
    const actorOf = await this.actors.of(entries);
    return entries.map((entry) => present(entry, actorOf(entry)));
  }

  /** Who last set each value of a record; an empty list for a deleted one. */
  async blame(user: SignedInUser, table: string, id: string) {
    await this.access.assertMayRead(user, table, id);
    const columns = await this.audit.blame(table, id);
    const entries = columns.flatMap(({ entry, original }) => [entry, original]);
    const actorOf = await this.actors.of(entries.filter((entry) => entry !== null));
    const shown = (entry: BlamedEntry | null) => entry && { ...entry, actor: actorOf(entry) };
    return columns.map(({ entry, original, ...column }) => ({
      ...column,
      entry: shown(entry),
      original: shown(original),
    }));
  }

  /** A record as it was at a time, by column. */
  async at(user: SignedInUser, table: string, id: string, { time }: StateQuery) {
    await this.access.assertMayRead(user, table, id);
    const entity = await this.audit.asOf<ObjectLiteral>(table, id, time);
    return { table, id, time, state: entity && this.byColumn(table, entity) };
  }

  /** The differences of a record between two moments. */
  async diff(
    user: SignedInUser,
    table: string,
    id: string,
    { from, to }: DiffQuery,
  ): Promise<ColumnChange[]> {
    await this.access.assertMayRead(user, table, id);
    return this.audit.diff(table, id, moment(from), moment(to));
  }

  /** The values of an entity by the names of its columns. */
  private byColumn(table: string, entity: ObjectLiteral): Record<string, unknown> {
    const { columns } = this.database.getMetadata(table);
    return Object.fromEntries(
      columns.map((column) => [column.databaseName, column.getEntityValue(entity) as unknown]),
    );
  }
}

function present(entry: AuditEntry, actor: NamedPerson) {
  const { sequence, at, operation, changes, requestId, route, transactionId, undoes } = entry;
  return {
    sequence,
    at,
    operation,
    actor,
    changedColumns: operation === 'UPDATE' ? changes.map(({ column }) => column) : null,
    changes,
    oldData: entry.before,
    newData: entry.after,
    reason: entry.reason,
    context: entry.context,
    requestId,
    route,
    transactionId,
    undoes,
  };
}

/** A text of digits is the sequence of an entry. */
function moment(text: string): Moment {
  return /^\d+$/.test(text) ? { sequence: text } : text;
}
