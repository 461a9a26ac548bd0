export {
  createTestDatabase,
  type TestDatabase,
  type TestDatabaseOptions,
} from './test-database.js';
export { prepareTestDatabases } from './prepare.js';
export type { EmbeddedTarget, ServerTarget, TestTarget } from './test-target.js';
export { actingAs, type TestActor } from './acting-as.js';
export { expectAudit, type AuditExpectation } from './expect-audit.js';
export { create } from './create.js';
export { AuditExpectationError, NoFactoryError, TestEngineFailedError } from './errors.js';
