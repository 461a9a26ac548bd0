import pg from 'pg';
import { migrate } from './peers/module.js';

/** Creates the benchmark's databases on the given server, and drops them all at the end. */
export class BenchDatabases {
  private readonly prefix = `singr_bench_${process.pid}`;
  private readonly made: string[] = [];

  private constructor(
    private readonly admin: pg.Client,
    private readonly adminUrl: string,
  ) {}

  static async on(adminUrl: string): Promise<BenchDatabases> {
    const admin = new pg.Client({ connectionString: adminUrl });
    await admin.connect();
    return new BenchDatabases(admin, adminUrl);
  }

  /** Creates a migrated database, and returns its URL. */
  async create(name: string): Promise<string> {
    const template = `${this.prefix}_template`;
    if (!this.made.includes(template)) {
      await this.make(template);
      await migrate(this.urlOf(template));
    }
    const database = `${this.prefix}_${name}`;
    await this.make(database, template);
    return this.urlOf(database);
  }

  async drop(url: string): Promise<void> {
    await this.remove(new URL(url).pathname.slice(1));
  }

  /** Queries a value from the server. */
  async ask<Answer>(sql: string): Promise<Answer[]> {
    return (await this.admin.query(sql)).rows;
  }

  async close(): Promise<void> {
    for (const database of [...this.made].reverse()) await this.remove(database);
    await this.admin.end();
  }

  private async make(database: string, template = 'template1'): Promise<void> {
    await this.admin.query(`CREATE DATABASE ${database} TEMPLATE ${template}`);
    this.made.push(database);
  }

  private async remove(database: string): Promise<void> {
    await this.admin.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
    this.made.splice(this.made.indexOf(database), 1);
  }

  private urlOf(database: string): string {
    const url = new URL(this.adminUrl);
    url.pathname = `/${database}`;
    return url.href;
  }
}

/** Uses DATABASE_URL, or else libpq's variables. */
export function serverUrl(env: NodeJS.ProcessEnv = process.env): string {
  if (env.DATABASE_URL !== undefined && env.DATABASE_URL !== '') return env.DATABASE_URL;
  const url = new URL('postgres://localhost/postgres');
  if (env.PGHOST === undefined) {
    throw new Error(
      'There is no database server. Set DATABASE_URL, or run this inside pg_virtualenv.',
    );
  }
  url.hostname = env.PGHOST;
  url.port = env.PGPORT ?? '';
  url.username = encodeURIComponent(env.PGUSER ?? '');
  url.password = encodeURIComponent(env.PGPASSWORD ?? '');
  return url.href;
}
