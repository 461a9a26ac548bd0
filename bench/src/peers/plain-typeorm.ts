import { DataSource } from 'typeorm';
import { singr } from '../package-under-test.js';

/** Plain TypeORM with the same entities on the same tables. */
export function startPlainTypeOrm(url: string, poolSize = 1): Promise<DataSource> {
  return new DataSource({
    type: 'postgres',
    url,
    poolSize,
    entities: [...singr.entities],
    installExtensions: false,
    logging: false,
  }).initialize();
}
