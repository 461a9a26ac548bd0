import { ensureSnapshot } from './embedded-databases.js';
import { ensureTemplate } from './server-databases.js';
import type { Content } from './template-content.js';
import { publishTarget, testTarget, type TestTarget } from './test-target.js';

/**
 * For the global setup of a test runner: chooses the server for test databases once for all processes of the
 * run, and creates their template. Without it, each process chooses by itself, and starts a container of its
 * own if there is Docker.
 */
export async function prepareTestDatabases({ seed = false } = {}): Promise<TestTarget> {
  const target = await testTarget();
  await makeTemplate(target, seed ? 'seeded' : 'migrated');
  publishTarget(target);
  return target;
}

async function makeTemplate(target: TestTarget, content: Content): Promise<void> {
  if (target.kind === 'server') await ensureTemplate(target.adminUrl, content);
  else await ensureSnapshot(target, content);
}
