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
