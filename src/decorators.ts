/**
 * The entry point for entity files: the decorators alone, without NestJS and TypeORM. It is built as ESM and
 * as CommonJS, so that a unit test that imports an entity loads nothing else, whatever its module system.
 */
export {
  AfterUndo,
  type AfterUndoHook,
  type UndoneRow,
} from './engine/decorators/after-undo.decorator.js';
export {
  AuditLabel,
  type AuditColumnLabel,
  type AuditLabelOptions,
} from './engine/decorators/audit-label.decorator.js';
export { Audited, type AuditedOptions } from './engine/decorators/audited.decorator.js';
export {
  ForwardOnly,
  type ForwardOnlyOptions,
} from './engine/decorators/forward-only.decorator.js';
export { Incidental } from './engine/decorators/incidental.decorator.js';
export {
  Person,
  Personal,
  PersonalRecord,
  type PersonalNames,
  type PersonalRecordOptions,
  type PersonOptions,
} from './engine/decorators/personal.decorator.js';
export { Sensitive } from './engine/decorators/sensitive.decorator.js';
export { Tenant } from './engine/decorators/tenant.decorator.js';
