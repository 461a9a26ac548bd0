import {
  createTestDatabase,
  type TestDatabase,
  type TestDatabaseOptions,
} from '@singr/database/testing';

/** A test database for the suite, made and dropped as the documentation says. */
export function useTestDatabase(options?: TestDatabaseOptions): () => TestDatabase {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase(options);
  });
  afterAll(() => database.drop());
  return () => database;
}
