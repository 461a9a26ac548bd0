import { migrations } from '../migrations/index.js';
import { schemaFile } from '../migrations/schema-file.js';
import { entities } from './domains/entities.js';
import type { PackagedTables } from './engine/config/packaged-tables.js';

/** The tables of all domains, and the trail. */
export const singrTables: PackagedTables = {
  entities,
  migrations,
  userIds: 'uuid',
  extensions: ['postgis'],
  harmlessColumns: {
    'accounts.token_type': 'names the kind of token, such as "bearer"',
    'users.password_algo': 'names the algorithm, such as "argon2id"',
  },
  schemaFile,
};
