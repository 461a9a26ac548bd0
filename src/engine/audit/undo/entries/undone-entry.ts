/** An entry of the trail that is to be undone; images as JSON text. */
export interface UndoneEntry {
  readonly sequence: string;
  readonly table: string;
  readonly recordId: string;
  readonly operation: string;
  /** When its transaction began, to the microsecond. */
  readonly at: string;
  readonly transactionId: string;
  readonly oldData: string | null;
  readonly newData: string | null;
  readonly changedColumns: string[] | null;
}

/** Whether it is the entry of the old key that an UPDATE of a primary key left. */
export const isOfOldKey = ({ operation, newData }: UndoneEntry) =>
  operation === 'UPDATE' && newData === null;

/** Whether it is the entry of the new key that an UPDATE of a primary key left. */
export const isOfNewKey = ({ operation, oldData }: UndoneEntry) =>
  operation === 'UPDATE' && oldData === null;

/** Whether it is one of the two entries that an UPDATE of a primary key left. */
export const isOfKeyUpdate = (entry: UndoneEntry) => isOfOldKey(entry) || isOfNewKey(entry);
