import { Declarations } from './declarations.js';

export interface AuditedOptions {
  /** Properties whose columns sound like a secret and hold none, such as `tokenCount`. */
  harmless?: readonly string[];
}

const audited = new Declarations<AuditedOptions>('audited');

/**
 * Says that the table of an application's own entity is audited, as the package's tables are.
 *
 * The decorator is the declaration, which `singr-db check` and `singr-db audit verify` hold against the
 * database; a migration makes it so, with `auditTable()` of `@singr/database/migrations`. Columns marked
 * `@Sensitive()` have to be redacted there.
 */
export function Audited(options: AuditedOptions = {}): ClassDecorator {
  return (entity) => audited.add(entity, options);
}

/** What an entity, or a class that it extends, said by `@Audited()`; undefined when none did. */
export function auditedOptionsOf(entity: unknown): AuditedOptions | undefined {
  const said = audited.of(entity);
  if (said.length === 0) return undefined;
  return { harmless: said.flatMap(({ harmless = [] }) => harmless) };
}
