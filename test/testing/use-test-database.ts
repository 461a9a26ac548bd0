import {
  createTestDatabase,
  type TestDatabase,
  type TestDatabaseOptions,
} from '@singr/database/testing';
import { currentTarget } from '../support/current-target.js';

/** A test database for the suite, made and dropped as the documentation says. */
export function useTestDatabase(options?: TestDatabaseOptions): () => TestDatabase {
  // Refuses a suite that is not named as one with a database.
  currentTarget();
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase(options);
  });
  afterAll(() => database.drop());
  return () => database;
}
