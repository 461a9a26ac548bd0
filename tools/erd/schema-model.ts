/** The schema as a diagram shows it. */
export interface Schema {
  readonly tables: readonly Table[];
  readonly relations: readonly Relation[];
}

export interface Table {
  readonly name: string;
  /** The folder of `src/` that owns the entity. */
  readonly domain: string;
  readonly columns: readonly Column[];
}

export interface Column {
  readonly name: string;
  /** As PostgreSQL writes it, in its short form: `timestamptz(6)`. */
  readonly type: string;
  readonly isPrimary: boolean;
  readonly isForeign: boolean;
  /** Whether the value is unique by itself; a part of a longer key is not. */
  readonly isUnique: boolean;
  readonly isNullable: boolean;
}

/** A foreign key: each row of `child` refers to a row of `parent`. */
export interface Relation {
  readonly name: string;
  readonly child: string;
  readonly childColumn: string;
  readonly parent: string;
  readonly parentColumn: string;
  /** Whether a child may do without a parent. */
  readonly isOptional: boolean;
  /** Whether a parent has one child at most. */
  readonly isOneToOne: boolean;
  readonly onDelete: string;
}

/** The domains in the order in which they build on each other. */
export function domainsOf({ tables }: Schema): string[] {
  return [...new Set(tables.map(({ domain }) => domain))];
}

/**
 * A domain's tables in full, and the tables of other domains that they refer to, with nothing but the
 * column that is referred to. What refers to the domain from outside is those domains' affair.
 */
export function schemaOfDomain(schema: Schema, domain: string): Schema {
  const own = new Set(
    schema.tables.filter((table) => table.domain === domain).map(({ name }) => name),
  );
  const relations = schema.relations.filter(({ child }) => own.has(child));
  const tables = schema.tables.flatMap((table) => {
    if (own.has(table.name)) return [table];
    const referredTo = new Set(
      relations.filter(({ parent }) => parent === table.name).map((r) => r.parentColumn),
    );
    if (referredTo.size === 0) return [];
    return [{ ...table, columns: table.columns.filter(({ name }) => referredTo.has(name)) }];
  });
  return { tables, relations };
}

/** Every table with its keys alone: what still fits on one page. */
export function keysOnly({ tables, relations }: Schema): Schema {
  const isKey = ({ isPrimary, isForeign }: Column) => isPrimary || isForeign;
  return {
    tables: tables.map((table) => ({ ...table, columns: table.columns.filter(isKey) })),
    relations,
  };
}
