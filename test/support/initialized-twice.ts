import { Logger } from '@nestjs/common';
import { Column, Entity } from 'typeorm';
import { DatabaseDataSource, dataSourceOptions, resolveDatabaseConfig } from '../../src/index.js';

/** Initializes data sources on the embedded engine more often than they bear: what came of it, as JSON. */
@Entity('timeout_rules')
class WithoutKey {
  @Column('text')
  name!: string;
}

Logger.overrideLogger(false);
const [dataDir] = process.argv.slice(2);
const dataSourceWith = (entities: Function[]) =>
  new DatabaseDataSource(
    dataSourceOptions(resolveDatabaseConfig({ embedded: { dataDir: dataDir! }, entities }, {})),
  );
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => 'it succeeded',
    (error: Error) => error.name || error.constructor.name,
  );

// What it starts is stopped again, or the next one would find its folder taken.
const wrongEntities = await refusal(dataSourceWith([WithoutKey]).initialize());

const dataSource = dataSourceWith([]);
const start = dataSource.initialize();
const refusals = [await refusal(dataSource.initialize())];
await start;
refusals.push(await refusal(dataSource.initialize()));
const answers = await dataSource.query('SELECT 1 AS one');
await dataSource.destroy();
process.stdout.write(`${JSON.stringify({ refusals, answers, wrongEntities })}\n`);
