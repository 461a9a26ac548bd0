import {
  Column,
  DefaultNamingStrategy,
  Entity,
  EventSubscriber,
  JoinColumn,
  ManyToOne,
  PrimaryGeneratedColumn,
  type EntitySubscriberInterface,
  type InsertEvent,
  type Logger,
} from 'typeorm';
import {
  ActorContext,
  InvalidConfigurationError,
  Role,
  type DatabaseDataSource,
  type DatabaseOptions,
} from '@singr/database';
import { failure } from '../../support/scripted-app.js';
import { writersOf } from '../../support/trail.js';
import { dataSourceFor } from '../../support/data-source.js';
import { useDatabase } from '../../support/database.js';

const database = useDatabase();

async function connect(options: DatabaseOptions): Promise<DatabaseDataSource> {
  const dataSource = await dataSourceFor({ ...database.options, ...options }).initialize();
  database.beforeDrop(async () => dataSource.isInitialized && dataSource.destroy());
  return dataSource;
}

@Entity()
class SongList {
  @PrimaryGeneratedColumn()
  listId!: number;

  @Column('text')
  shortName!: string;

  @ManyToOne(() => SongList)
  @JoinColumn()
  copiedFrom!: SongList;
}

/** Has its own idea of every name that it may choose. */
class Shouting extends DefaultNamingStrategy {
  override tableName(className: string, customName?: string): string {
    return customName ?? className.toUpperCase();
  }
  override columnName(property: string, customName: string | undefined): string {
    return customName ?? property.toUpperCase();
  }
  override joinColumnName(relation: string, column: string): string {
    return `${relation}_${column}`.toUpperCase();
  }
  override relationName(property: string): string {
    return property;
  }
  override primaryKeyName = () => 'PK';
  override uniqueConstraintName = () => 'UQ';
  override relationConstraintName = () => 'REL';
  override defaultConstraintName = () => 'DF';
  override foreignKeyName = () => 'FK';
  override indexName = () => 'IDX';
  override checkConstraintName = () => 'CHK';
}

describe('a naming strategy of the application’s own', () => {
  it('names the unnamed columns of its entities, and nothing of the package’s', async () => {
    const dataSource = await connect({ namingStrategy: new Shouting(), entities: [SongList] });
    const { tableName, columns } = dataSource.getMetadata(SongList);
    expect(tableName).toBe('SONGLIST');
    expect(columns.map(({ databaseName }) => databaseName)).toEqual([
      'LISTID',
      'SHORTNAME',
      'COPIEDFROM_LISTID',
    ]);
    // TypeORM’s own comparison: the only table to make or change is the application’s.
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(
      upQueries.map(({ query }) => query).filter((query) => !/"SONGLIST"/.test(query)),
    ).toEqual([]);
    expect(await dataSource.getRepository(Role).find()).toBeInstanceOf(Array);
    await dataSource.destroy();
  });

  it('is refused when it changes explicit names', async () => {
    class Prefixing extends DefaultNamingStrategy {
      override tableName(className: string, customName?: string): string {
        return `app_${super.tableName(className, customName)}`;
      }
    }
    const error = await failure(connect({ namingStrategy: new Prefixing() }));
    expect(error).toBeInstanceOf(InvalidConfigurationError);
    expect(error.message).toMatch(/namingStrategy" renames \w+,/);
  });
});

describe('subscribers of the application’s own', () => {
  const heard: string[] = [];

  @EventSubscriber()
  class Listener implements EntitySubscriberInterface<Role> {
    listenTo() {
      return Role;
    }
    afterInsert({ entity }: InsertEvent<Role>): void {
      heard.push(entity.slug);
    }
  }

  it('are called for writes, which still have their actor', async () => {
    const dataSource = await connect({ subscribers: [Listener] });
    await dataSource.getRepository(Role).save({ slug: 'listened', description: 'x' });
    expect(heard).toEqual(['listened']);
    await ActorContext.run({ name: 'listener' }, () =>
      dataSource.getRepository(Role).save({ slug: 'attributed', description: 'x' }),
    );
    expect(await writersOf(database, 'attributed')).toEqual(['listener']);
  });
});

describe('TypeORM’s cache of query results', () => {
  it('returns cached results, with a table that a migration creates', async () => {
    await database.query(`
      CREATE TABLE "query-result-cache" (
        id serial PRIMARY KEY, identifier varchar, time bigint NOT NULL, duration integer NOT NULL,
        query text NOT NULL, result text NOT NULL
      )`);
    const dataSource = await connect({ cache: true });
    const roles = dataSource.getRepository(Role);
    const count = () => roles.find({ where: { slug: 'cached' }, cache: 60_000 });
    expect(await count()).toEqual([]);
    await roles.save({ slug: 'cached', description: 'x' });
    expect(await count()).toEqual([]);
    await dataSource.queryResultCache!.clear();
    expect(await count()).toHaveLength(1);
  });
});

describe('a logger of the application’s own', () => {
  it('gets queries and failures, and never a value', async () => {
    const lines: string[] = [];
    const note =
      (kind: string) =>
      (...words: unknown[]) =>
        void lines.push(
          `${kind} ${words.map((word) => (word instanceof Error ? `${word.stack} ${JSON.stringify(word)}` : String(word))).join(' ')}`,
        );
    const logger: Logger = {
      logQuery: note('query'),
      logQueryError: note('failed'),
      logQuerySlow: note('slow'),
      logSchemaBuild: note('schema'),
      logMigration: note('migration'),
      log: note('log'),
    };
    const dataSource = await connect({ logger, slowQuery: 1 });
    await dataSource.getRepository(Role).save({ slug: 'top-secret', description: 'x' });
    await dataSource.query('SELECT pg_sleep(0.01)');
    await failure(dataSource.query('SELECT $1::integer', ['top-secret']));
    expect(lines).toContainEqual(expect.stringMatching(/^query .*INSERT INTO "roles"/));
    expect(lines).toContainEqual(expect.stringMatching(/^slow .*pg_sleep/));
    expect(lines).toContainEqual(expect.stringMatching(/^failed .*SELECT \$1::integer/s));
    expect(lines.join('\n')).not.toContain('top-secret');
  });
});
