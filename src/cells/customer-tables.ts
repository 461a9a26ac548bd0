import type { EntityManager } from 'typeorm';

/** A foreign key of one column. */
interface ForeignKey {
  readonly table: string;
  readonly column: string;
  readonly parent: string;
  readonly parentColumn: string;
}

/** A table with rows of a customer. Names are quoted where they need it, with their schema. */
export interface CustomerTable {
  readonly name: string;
  /** The name in the trail; null for a table that has none. */
  readonly recorded: string | null;
  readonly columns: readonly Column[];
  /** The columns of the primary key, quoted where they need it. */
  readonly key: readonly string[];
  /** Whether policies restrict the rows to their tenant. */
  readonly isIsolated: boolean;
  /** The references that make a row the customer's. */
  readonly owners: readonly { readonly column: string; readonly parent: string }[];
  /** The condition for the customer's rows. */
  readonly condition: string;
}

export interface Column {
  /** Quoted where it needs it. */
  readonly name: string;
  readonly type: string;
  /** The sequence that numbers the rows, if any. */
  readonly sequence: string | null;
}

/** A table of which the customer's rows need rows that may belong to several customers, such as users. */
export type SharedTable = Omit<CustomerTable, 'owners' | 'recorded'>;

export interface CustomerTables {
  /** Parents before their children. */
  readonly owned: readonly CustomerTable[];
  /** Parents before their children. */
  readonly shared: readonly SharedTable[];
}

interface Described {
  readonly name: string;
  readonly recorded: string | null;
  readonly columns: readonly Column[];
  readonly key: readonly string[];
  readonly isIsolated: boolean;
}

const root = 'customer_profiles';

/** References to a customer that are not foreign keys: the owner of a branding profile is of several kinds. */
const looseReferences = [{ table: 'branding_profiles', column: 'owner_id', parent: root }];

/** Tables whose rows go with a user who is copied: how the user signs in, and what the user may do and likes. */
const ofUsers = ['accounts', 'user_roles', 'singer_profiles'];
const ofSingers = ['singer_favorite_songs'];

/**
 * The tables with rows of a customer, by the foreign keys of the database: tables of the application that refer
 * to the package's are among them.
 *
 * @param customerProfileId a UUID
 */
export async function customerTables(
  manager: EntityManager,
  customerProfileId: string,
): Promise<CustomerTables> {
  const described = new Map(
    (await manager.query<Described[]>(describe)).map((table) => [table.name, table]),
  );
  const keys = await manager.query<ForeignKey[]>(foreignKeys);
  const owned = new Map<string, CustomerTable>();
  const rootTable = described.get(root)!;
  owned.set(root, {
    ...rootTable,
    owners: [],
    condition: `${rootTable.key[0]} = '${customerProfileId}'`,
  });
  for (const { table, column, parent } of looseReferences) {
    own(owned, described.get(table)!, [{ column, parent, parentColumn: 'customer_profiles_id' }]);
  }
  for (const name of reachable(root, keys)) {
    const references = keys.filter((key) => key.table === name && owned.has(key.parent));
    own(owned, described.get(name)!, references);
  }
  return { owned: [...owned.values()], shared: sharedTables(owned, described, keys) };
}

function own(
  owned: Map<string, CustomerTable>,
  table: Described,
  references: readonly Omit<ForeignKey, 'table'>[],
): void {
  if (owned.has(table.name)) return;
  const conditions = references.map(
    ({ column, parent, parentColumn }) =>
      `${column} IN (SELECT ${parentColumn} FROM ${parent} WHERE ${owned.get(parent)!.condition})`,
  );
  const owners = references.map(({ column, parent }) => ({ column, parent }));
  owned.set(table.name, { ...table, owners, condition: `(${conditions.join(' OR ')})` });
}

/** The tables that refer to `start`, also by way of others: each after those that it refers to. */
function reachable(start: string, keys: readonly ForeignKey[]): string[] {
  const found = new Set([start]);
  for (const parent of found) {
    for (const key of keys) if (key.parent === parent) found.add(key.table);
  }
  const ordered = new Set([start]);
  while (ordered.size < found.size) {
    const next = [...found].find(
      (table) =>
        !ordered.has(table) &&
        keys.every(
          (key) =>
            key.table !== table ||
            key.parent === table ||
            !found.has(key.parent) ||
            ordered.has(key.parent),
        ),
    );
    // Tables that refer to each other have no order; the foreign keys do not apply during the copy.
    ordered.add(next ?? [...found].find((table) => !ordered.has(table))!);
  }
  ordered.delete(start);
  return [...ordered];
}

/** The tables that the customer's rows refer to, and what goes with their users. */
function sharedTables(
  owned: ReadonlyMap<string, CustomerTable>,
  described: ReadonlyMap<string, Described>,
  keys: readonly ForeignKey[],
): SharedTable[] {
  const references = new Map<string, string[]>();
  const note = (table: string, condition: string) =>
    references.set(table, [...(references.get(table) ?? []), condition]);
  for (const { table, column, parent, parentColumn } of keys) {
    const child = owned.get(table);
    if (child === undefined || owned.has(parent)) continue;
    note(parent, `${parentColumn} IN (SELECT ${column} FROM ${table} WHERE ${child.condition})`);
  }
  // Users before what belongs to them, and singers before their favourites.
  const singers = references.get('singer_profiles') ?? [];
  for (const condition of singers) {
    note('users', `users_id IN (SELECT users_id FROM singer_profiles WHERE ${condition})`);
  }
  const users = anyOf(references.get('users')!);
  for (const table of ofUsers) {
    note(table, `users_id IN (SELECT users_id FROM users WHERE ${users})`);
  }
  for (const table of ofSingers) {
    const condition = anyOf(references.get('singer_profiles')!);
    note(
      table,
      `singer_profiles_id IN (SELECT singer_profiles_id FROM singer_profiles WHERE ${condition})`,
    );
  }
  for (const { table, column, parent, parentColumn } of keys) {
    if (table !== 'user_roles' || parent === 'users') continue;
    note(
      parent,
      `${parentColumn} IN (SELECT ${column} FROM ${table} WHERE ${anyOf(references.get(table)!)})`,
    );
  }
  const ordered = ['roles', 'permissions', 'users', ...references.keys()];
  return [...new Set(ordered)]
    .filter((name) => references.has(name))
    .map((name) => ({ ...described.get(name)!, condition: anyOf(references.get(name)!) }));
}

function anyOf(conditions: readonly string[]): string {
  return `(${conditions.join(' OR ')})`;
}

/** Every ordinary table, with the columns that can be written and the primary key. */
const describe = `
  SELECT c.oid::regclass::text AS name, recorded.table_name AS recorded, c.relrowsecurity AS "isIsolated",
         (SELECT json_agg(json_build_object('name', quote_ident(a.attname), 'type', format_type(a.atttypid, a.atttypmod),
                 'sequence', pg_get_serial_sequence(c.oid::regclass::text, a.attname))
                          ORDER BY a.attnum)
          FROM pg_attribute a
          WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns,
         (SELECT json_agg(quote_ident(a.attname) ORDER BY k.place)
          FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
          JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
          WHERE i.indrelid = c.oid AND i.indisprimary) AS key
  FROM pg_class c
  LEFT JOIN audit.audited_tables recorded ON audit.relation(recorded.table_name) = c.oid
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence = 'p'
    AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)`;

const foreignKeys = `
  SELECT f.conrelid::regclass::text AS table, quote_ident(a.attname) AS column,
         f.confrelid::regclass::text AS parent, quote_ident(p.attname) AS "parentColumn"
  FROM pg_constraint f
  JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = f.conkey[1]
  JOIN pg_attribute p ON p.attrelid = f.confrelid AND p.attnum = f.confkey[1]
  WHERE f.contype = 'f' AND f.conparentid = 0 AND f.conrelid <> f.confrelid
  ORDER BY f.conrelid::regclass::text, f.conname`;
