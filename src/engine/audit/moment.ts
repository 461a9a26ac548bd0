/** A moment in the history of a record: a time, or the state after the entry with this `sequence`. */
export type Moment = Date | string | { readonly sequence: string };
