import { lineageOf } from './lineage.js';

export interface AuditedOptions {
  /** Properties whose columns sound like a secret and hold none, such as `tokenCount`. */
  harmless?: readonly string[];
}

/** On the class itself, by a name that each copy of this file knows: the ESM one and the CommonJS one. */
const audited = Symbol.for('@singr/database:audited');

/**
 * Says that the table of an application's own entity is audited, as the package's tables are.
 *
 * The decorator is the declaration, which `singr-db check` and `singr-db audit verify` hold against the
 * database; a migration makes it so, with `auditTable()` of `@singr/database/migrations`. Columns marked
 * `@Sensitive()` have to be redacted there.
 */
export function Audited(options: AuditedOptions = {}): ClassDecorator {
  return (entity) => {
    Object.defineProperty(entity, audited, { value: options, configurable: true });
  };
}

/** What an entity, or a class that it extends, said by `@Audited()`; undefined when none did. */
export function auditedOptionsOf(entity: unknown): AuditedOptions | undefined {
  const said = lineageOf(entity)
    .filter((type) => Object.hasOwn(type, audited))
    .map((type) => Reflect.get(type, audited) as AuditedOptions);
  if (said.length === 0) return undefined;
  return { harmless: said.flatMap(({ harmless = [] }) => harmless) };
}
