import type { ObjectLiteral, Repository } from 'typeorm';

/** The entity of a row that `RETURNING *` gave, which TypeORM passes on as the driver read it. */
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
