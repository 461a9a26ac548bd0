/**
 * What an entity needs of the package, and nothing else: neither Nest nor TypeORM. It is built as ESM and as
 * CommonJS, so that a unit test that imports an entity loads no more, whatever its module system.
 */
export { AfterUndo, type AfterUndoHook, type UndoneRow } from './common/after-undo.decorator.js';
export { Audited, type AuditedOptions } from './common/audited.decorator.js';
export { ForwardOnly, type ForwardOnlyOptions } from './common/forward-only.decorator.js';
export { Sensitive } from './common/sensitive.decorator.js';
