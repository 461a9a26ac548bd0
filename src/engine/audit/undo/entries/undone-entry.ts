/** An entry of the trail that is to be undone. Images are JSON text. */
export interface UndoneEntry {
  readonly sequence: string;
  readonly table: string;
  readonly recordId: string;
  readonly operation: string;
  /** The time when its transaction began, to the microsecond. */
  readonly at: string;
  readonly transactionId: string;
  readonly oldData: string | null;
  readonly newData: string | null;
  readonly changedColumns: string[] | null;
}

/** Whether an UPDATE of a primary key left this entry for the old key. */
export const isOfOldKey = ({ operation, newData }: UndoneEntry) =>
  operation === 'UPDATE' && newData === null;

/** Whether an UPDATE of a primary key left this entry for the new key. */
export const isOfNewKey = ({ operation, oldData }: UndoneEntry) =>
  operation === 'UPDATE' && oldData === null;

/** Whether an UPDATE of a primary key left this entry, for the old key or the new one. */
export const isOfKeyUpdate = (entry: UndoneEntry) => isOfOldKey(entry) || isOfNewKey(entry);
