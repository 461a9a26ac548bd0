import { recordsOf, type PersonalTable } from './personal-tables.js';

/** Tables in such an order that each comes after the tables with the names by which its records are found. */
export interface OwnersFirst {
  readonly tables: readonly PersonalTable[];
  /** Whether some tables find each other's records. Then one pass is not enough. */
  readonly isCircular: boolean;
}

export function ownersFirst(tables: readonly PersonalTable[]): OwnersFirst {
  const order: PersonalTable[] = [];
  const begun = new Set<PersonalTable>();
  let isCircular = false;
  const visit = (table: PersonalTable) => {
    if (begun.has(table)) {
      isCircular ||= !order.includes(table);
      return;
    }
    begun.add(table);
    for (const other of tables) if (leadsTo(other, table)) visit(other);
    order.push(table);
  };
  tables.forEach(visit);
  return { tables: order, isCircular };
}

export function leadsTo({ table, names }: PersonalTable, { owners }: PersonalTable): boolean {
  const kinds = [recordsOf(table), ...Object.keys(names)];
  return owners.some(({ kind }) => kinds.includes(kind));
}
