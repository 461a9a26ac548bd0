import type { ObjectLiteral, Repository } from 'typeorm';

/** Creates the entity from a `RETURNING *` row, which TypeORM passes on as the driver returned it. */
export function entityFromRow<E extends ObjectLiteral>(
  repository: Repository<E>,
  row: Record<string, unknown>,
): E {
  const entity = repository.create();
  const { driver } = repository.manager.dataSource;
  for (const column of repository.metadata.columns) {
    if (!(column.databaseName in row)) continue;
    column.setEntityValue(entity, driver.prepareHydratedValue(row[column.databaseName], column));
  }
  return entity;
}
