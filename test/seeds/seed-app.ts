import { SeedModule, SeedService, type SeedOptions, type SeedReport } from '../../seeds/index.js';
import type { TestDatabase } from '../support/database.js';
import { RecordingLogger } from '../support/recording-logger.js';
import { createTestApp } from '../support/test-app.js';

/** The seeds in an application on the suite's database. */
export class SeedApp {
  readonly logger = new RecordingLogger();

  constructor(private readonly database: TestDatabase) {}

  private seeds: SeedService | undefined;

  async start(): Promise<void> {
    const app = await createTestApp(this.database, {
      imports: [SeedModule],
      logger: this.logger,
    });
    this.seeds = app.get(SeedService);
  }

  seed(options?: SeedOptions): Promise<SeedReport> {
    return this.seeds!.run(options);
  }

  /** Seeds as where NODE_ENV is "production". */
  async seedInProduction(options?: SeedOptions): Promise<SeedReport> {
    const before = process.env.NODE_ENV;
    process.env.NODE_ENV = 'production';
    try {
      return await this.seed(options);
    } finally {
      process.env.NODE_ENV = before;
    }
  }

  /** How many rows each table has that has any, the trail's aside. */
  async counts(): Promise<Record<string, number>> {
    const rows = await this.rows();
    return Object.fromEntries(
      Object.entries(rows)
        .filter(([, lines]) => lines.length > 0)
        .map(([table, lines]) => [table, lines.length]),
    );
  }

  /** Every row of every table, as text. */
  async rows(): Promise<Record<string, string[]>> {
    const tables = await this.database.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class
       WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND NOT relispartition
         AND relname NOT IN ('migrations', 'spatial_ref_sys') ORDER BY 1`,
    );
    const found: Record<string, string[]> = {};
    for (const { name } of tables) {
      const rows = await this.database.query<{ line: string }>(
        `SELECT t::text AS line FROM ${name} t ORDER BY 1`,
      );
      found[name] = rows.map(({ line }) => line);
    }
    return found;
  }

  /** The trail, oldest entry first, as text. */
  async trail(): Promise<string[]> {
    const rows = await this.database.query<{ line: string }>(
      'SELECT a::text AS line FROM audit_logs a ORDER BY sequence',
    );
    return rows.map(({ line }) => line);
  }
}

/** Starts it before the suite's first test. */
export function useSeedApp(database: TestDatabase): SeedApp {
  const app = new SeedApp(database);
  beforeAll(() => app.start());
  return app;
}
