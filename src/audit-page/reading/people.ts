import { containing } from '../../engine/common/like-pattern.js';
import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { EntityMetadata } from 'typeorm';
import { escapeIdentifier } from 'pg';
import type { Actor } from '../../engine/actor/actor.js';
import { nameOfEntity } from '../../engine/audit/entity-of-table.js';
import { personOptionsOf } from '../../engine/decorators/personal.decorator.js';
import { sensitiveColumnsOf } from '../../engine/decorators/sensitive.decorator.js';
import { isUuid } from '../../engine/common/uuid.js';
import type { DatabaseDataSource } from '../../engine/transaction/database.data-source.js';
import { VisibleEntries, nameOf } from '../access/visible-entries.js';
import type { Viewer } from '../access/viewer.js';
import { AUDIT_PAGE_OPTIONS, type AuditPageOptions, type AuditPerson } from '../common/options.js';

/** Who made a change, as the page shows it. */
export interface ShownActor {
  readonly kind: 'user' | 'name' | 'nobody';
  readonly id: string | null;
  readonly name: string | null;
  readonly email: string | null;
  readonly onBehalfOf: AuditPerson | null;
}

interface PersonTable {
  readonly metadata: EntityMetadata;
  readonly key: string;
  readonly name: string | undefined;
  readonly email: string | undefined;
}

type Acted = { readonly actor: Actor | null };

const mostPeople = 20;

/** Names the persons of entries. */
@Injectable()
export class People {
  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    @Inject(AUDIT_PAGE_OPTIONS) private readonly options: AuditPageOptions,
    @Inject(VisibleEntries) private readonly entries: VisibleEntries,
  ) {}

  /**
   * Returns a function that describes the actor of each of these entries. Everybody who may read an entry may read
   * the name of its actor; the address only who may read the person's record.
   */
  async of(viewer: Viewer, entries: readonly Acted[]): Promise<(entry: Acted) => ShownActor> {
    const known = await this.find(viewer, entries.flatMap(idsOf));
    const person = (id: string) => known.get(id) ?? { id, name: null, email: null };
    return ({ actor }) => {
      const onBehalfOf = actor?.onBehalfOf ? person(actor.onBehalfOf.userId) : null;
      if (actor === null) return { kind: 'nobody', id: null, name: null, email: null, onBehalfOf };
      if ('userId' in actor) return { kind: 'user', ...person(actor.userId), onBehalfOf };
      return { kind: 'name', id: null, name: actor.name, email: null, onBehalfOf };
    };
  }

  /** The persons with these ids, by id. The viewer's access decides about addresses. */
  async find(viewer: Viewer, ids: Iterable<string>): Promise<ReadonlyMap<string, AuditPerson>> {
    const table = this.personTable();
    const asked = [...new Set(ids)];
    if (table === undefined || asked.length === 0) return new Map();
    const people = await this.byId(table, asked);
    const own = nameOfEntity(table.metadata);
    if (viewer.readsAllOf(own)) return new Map(people.map((person) => [person.id, person]));
    const readable = await this.entries.newestOf(
      viewer,
      people.map(({ id }) => ({ table: own, id })),
    );
    return new Map(
      people.map(({ id, name, email }) => [
        id,
        { id, name, email: readable.has(nameOf({ table: own, id })) ? email : null },
      ]),
    );
  }

  /**
   * Persons by a part of their name or address, and names of actors that are no users. A viewer who may not read
   * all persons finds those who act in the newest entries that it may read.
   */
  async search(viewer: Viewer, text: string): Promise<readonly Partial<AuditPerson>[]> {
    const { entries } = await this.entries.page(viewer, { limit: 500 });
    const names = new Set(
      entries.flatMap(({ actor }) => (actor && 'name' in actor ? [actor.name] : [])),
    );
    const table = this.personTable();
    const all =
      table !== undefined && viewer.readsAllOf(nameOfEntity(table.metadata))
        ? await this.byText(table, text)
        : [...(await this.find(viewer, entries.flatMap(idsOf))).values()];
    const isMeant = (value: string | null) =>
      value !== null && value.toLowerCase().includes(text.toLowerCase());
    return [
      ...all.filter(({ id, name, email }) => id === text || isMeant(name) || isMeant(email)),
      ...[...names].filter(isMeant).map((name) => ({ id: null, name, email: null })),
    ].slice(0, mostPeople) as Partial<AuditPerson>[];
  }

  /** The ids are compared in the key's own type, which has an index. */
  private byId(table: PersonTable, ids: readonly string[]): Promise<AuditPerson[]> {
    const key = `p.${escapeIdentifier(table.key)}`;
    const type = this.database.driver.normalizeType(table.metadata.primaryColumns[0]!);
    if (type === 'uuid')
      return this.select(table, `${key} = ANY ($1::uuid[])`, [ids.filter(isUuid)]);
    if (/int|serial/.test(type)) {
      const numbers = ids.filter((id) => /^-?\d{1,18}$/.test(id));
      return this.select(table, `${key} = ANY ($1::bigint[])`, [numbers]);
    }
    return this.select(table, `${keyText(table)} = ANY ($1)`, [ids]);
  }

  private byText(table: PersonTable, text: string): Promise<AuditPerson[]> {
    const pattern = containing(text);
    const like = [table.name, table.email]
      .filter((column) => column !== undefined)
      .map((column) => `p.${escapeIdentifier(column)}::text ILIKE $1`);
    return this.select(table, [...like, `${keyText(table)} = $2`].join(' OR '), [pattern, text]);
  }

  private select(
    table: PersonTable,
    condition: string,
    parameters: unknown[],
  ): Promise<AuditPerson[]> {
    const column = (name: string | undefined) =>
      name === undefined ? 'NULL' : `p.${escapeIdentifier(name)}::text`;
    const path = table.metadata.tablePath.split('.').map(escapeIdentifier).join('.');
    return this.database.read<AuditPerson>(
      `SELECT ${keyText(table)} AS id, ${column(table.name)} AS name, ${column(table.email)} AS email
       FROM ${path} p WHERE ${condition} ORDER BY 2, 3 LIMIT 1000`,
      parameters,
    );
  }

  private personTable(): PersonTable | undefined {
    const { people } = this.options;
    const metadata = people
      ? this.database.getMetadata(people.entity)
      : this.database.entityMetadatas.find(({ target }) => personOptionsOf(target) !== undefined);
    if (metadata === undefined || metadata.primaryColumns.length !== 1) return undefined;
    const secret = sensitiveColumnsOf(metadata);
    const column = (property: string) => {
      const name = metadata.findColumnWithPropertyPath(property)?.databaseName;
      return name !== undefined && secret.includes(name) ? undefined : name;
    };
    return {
      metadata,
      key: metadata.primaryColumns[0]!.databaseName,
      name: column(people?.name ?? 'name'),
      email: column(people?.email ?? 'email'),
    };
  }
}

function keyText({ key }: PersonTable): string {
  return `p.${escapeIdentifier(key)}::text`;
}

function idsOf({ actor }: Acted): string[] {
  return [
    ...(actor && 'userId' in actor ? [actor.userId] : []),
    ...(actor?.onBehalfOf ? [actor.onBehalfOf.userId] : []),
  ];
}
