import { administer as administerServer } from '../../src/testing/server-databases.js';
import { preparedTarget, type TestTarget } from '../../src/testing/test-target.js';

/** Where this run's databases are: global set-up chose, in a process of its own. */
export function currentTarget(): TestTarget {
  const { testPath } = expect.getState();
  if (!testPath?.endsWith('.e2e-spec.ts')) {
    throw new Error(`${testPath} uses the database of the run, and so is named *.e2e-spec.ts`);
  }
  const target = preparedTarget();
  if (target === undefined) throw new Error('run the suites through Jest: npm test');
  return target;
}

/** Runs a statement on the server, outside the databases of the run. */
export async function administer(statement: string): Promise<void> {
  const target = currentTarget();
  if (target.kind === 'embedded') throw new Error('the embedded engine has one database');
  await administerServer(target.adminUrl, (admin) => admin.query(statement));
}
