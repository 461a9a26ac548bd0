import { Declarations } from './declarations.js';

/** How the audit page shows a column. */
export interface AuditColumnLabel {
  /** The column's name for people. Default: made of the name of the column. */
  label?: string;
  /** The names of the column's values for people, by the value. */
  values?: Readonly<Record<string, string>>;
}

/** How the audit page shows an entity and its rows. */
export interface AuditLabelOptions {
  /** The name of one row's kind, such as `Venue`. Default: made of the name of the entity or the table. */
  label?: string;
  /** The name of all rows. Default: made of the name of the table. */
  plural?: string;
  /** A character shown beside the label, such as an emoji. Default: none. */
  icon?: string;
  /**
   * The title of a row: a property or a column, or a function of the row's image by column names. Default: the
   * first of the columns `name`, `title` and the like that has a text.
   */
  title?: string | ((image: Readonly<Record<string, unknown>>) => string | null | undefined);
  /** How columns are shown, by property or column name. */
  columns?: Readonly<Record<string, AuditColumnLabel>>;
}

const labels = new Declarations<AuditLabelOptions>('audit-label');

/** Tells how the audit page of `@singr/database/audit-page` shows the rows of an entity. */
export function AuditLabel(options: AuditLabelOptions): ClassDecorator {
  return (entity) => labels.add(entity, options);
}

/** The options of `@AuditLabel()` on an entity or a class that it extends; undefined if there are none. */
export function auditLabelOf(entity: unknown): AuditLabelOptions | undefined {
  return labels.of(entity)[0];
}
