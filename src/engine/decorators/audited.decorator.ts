import { Declarations } from './declarations.js';

export interface AuditedOptions {
  /** Properties whose columns are named like a secret and hold none, such as `tokenCount`. */
  harmless?: readonly string[];
}

const audited = new Declarations<AuditedOptions>('audited');

/**
 * Declares that the table of an application's own entity is audited, as the package's tables are.
 *
 * The decorator is only the declaration. A migration adds the triggers, with `auditTable()` of
 * `@singr/database/migrations`, and must redact the columns that are marked `@Sensitive()` there.
 * `singr-db check` and `singr-db audit verify` compare the declaration with the database.
 */
export function Audited(options: AuditedOptions = {}): ClassDecorator {
  return (entity) => audited.add(entity, options);
}

/**
 * The options of `@Audited()` on an entity and the classes that it extends, combined; undefined if there are
 * none.
 */
export function auditedOptionsOf(entity: unknown): AuditedOptions | undefined {
  const said = audited.of(entity);
  if (said.length === 0) return undefined;
  return { harmless: said.flatMap(({ harmless = [] }) => harmless) };
}
