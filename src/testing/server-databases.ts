import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { databaseUrl } from './database-url.js';
import { fill, nameOfContent, type Content } from './template-content.js';

/** A database for one test or suite. */
export interface IsolatedDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

const hourMs = 3_600_000;
/** How long the databases of interrupted runs are kept, in milliseconds. */
const leftoverMs = 24 * hourMs;
/** How long a template is kept, in milliseconds. If it is still needed then, it is created again. */
const templateMs = 7 * 24 * hourMs;

/** Creates a copy of the template with the content. Creates the template if it does not exist. */
export async function cloneOnServer(adminUrl: string, content: Content): Promise<IsolatedDatabase> {
  const template = content === 'empty' ? 'template0' : await ensureTemplate(adminUrl, content);
  const name = `singr_test_${timeStamp()}_${randomBytes(5).toString('hex')}`;
  await administer(adminUrl, (admin) => createDatabase(admin, name, template));
  return {
    url: databaseUrl(adminUrl, name),
    drop: () => administer(adminUrl, (admin) => dropDatabase(admin, name)),
  };
}

/**
 * Returns the name of the template with the content, and creates it if needed. The name has a hash of the
 * content, so an existing one is up to date.
 */
export function ensureTemplate(adminUrl: string, content: Content): Promise<string> {
  const template = `singr_test_template_${nameOfContent(content)}`;
  return administer(adminUrl, async (admin) => {
    if (await exists(admin, template)) return template;
    // Several processes may need the template at once, and one of them creates it.
    await admin.query('SELECT pg_advisory_lock(hashtext($1))', [template]);
    if (await exists(admin, template)) return template;
    await removeOld(admin);
    const unfinished = `singr_test_${timeStamp()}_${randomBytes(5).toString('hex')}`;
    await createDatabase(admin, unfinished, 'template0');
    try {
      await fill(databaseUrl(adminUrl, unfinished), content);
      await admin.query(`COMMENT ON DATABASE ${unfinished} IS 'made ${new Date().toISOString()}'`);
      // Only a complete template gets the final name.
      await whileInUse(() => admin.query(`ALTER DATABASE ${unfinished} RENAME TO ${template}`));
    } catch (error) {
      await dropDatabase(admin, unfinished);
      throw error;
    }
    return template;
  });
}

/** Runs `work` on a connection to the administrative database. Its end also releases advisory locks. */
export async function administer<T>(
  adminUrl: string,
  work: (admin: pg.Client) => Promise<T>,
): Promise<T> {
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

async function createDatabase(admin: pg.Client, name: string, template: string): Promise<void> {
  await whileInUse(() => admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`));
}

async function dropDatabase(admin: pg.Client, name: string): Promise<void> {
  await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
}

async function exists(admin: pg.Client, name: string): Promise<boolean> {
  const { rowCount } = await admin.query('SELECT FROM pg_database WHERE datname = $1', [name]);
  return rowCount === 1;
}

/** Drops old databases of interrupted runs, and templates of earlier versions of the package. */
export async function removeOld(admin: pg.Client): Promise<void> {
  const { rows } = await admin.query<{ name: string; comment: string | null }>(
    `SELECT datname AS name, shobj_description(oid, 'pg_database') AS comment
     FROM pg_database WHERE starts_with(datname, 'singr_test_')`,
  );
  for (const { name, comment } of rows) {
    const isTemplate = name.startsWith('singr_test_template_');
    const madeAt = isTemplate
      ? Date.parse(comment?.replace('made ', '') ?? '')
      : Number.parseInt(name.split('_')[2]!, 36);
    const age = Date.now() - madeAt;
    if (age > (isTemplate ? templateMs : leftoverMs)) await dropDatabase(admin, name);
  }
}

function timeStamp(): string {
  return Date.now().toString(36);
}

/** Retries while a template is in use (55006): another process copies it, or autovacuum is connected. */
async function whileInUse(work: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await work();
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== '55006' || attempt === 40) throw error;
      await sleep(250);
    }
  }
}
