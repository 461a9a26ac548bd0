import { sentence } from './words/names.js';

/** What the server says about the tables: their labels, icons and columns. */
let session;

export function keepSession(answer) {
  session = answer;
}

export const mayUndo = () => session.can.undo;
export const allTables = () => session.tables;

/** A table's description. A table that the server does not describe gets its name. */
export function tableOf(table) {
  return (
    session.tables.find((known) => known.table === table) ?? {
      table,
      label: sentence(table),
      plural: sentence(table),
      icon: null,
      columns: [],
    }
  );
}

/** Fields or changes in the order of the table's columns; those of columns that are gone come last. */
export function inOrder(table, items) {
  const order = tableOf(table).columns.map(({ column }) => column);
  const place = ({ column }) => (order.includes(column) ? order.indexOf(column) : order.length);
  return items.toSorted((a, b) => place(a) - place(b));
}

/** A column's description. A column that is no longer there gets its name. */
export function columnOf(table, column) {
  return (
    tableOf(table).columns.find((known) => known.column === column) ?? {
      column,
      label: sentence(column),
      type: 'text',
    }
  );
}
