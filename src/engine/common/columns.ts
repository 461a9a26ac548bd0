import { CreateDateColumn, PrimaryGeneratedColumn, UpdateDateColumn } from 'typeorm';

/**
 * A `uuid` primary key that the database generates (`DEFAULT gen_random_uuid()`).
 *
 * The names of column and constraint are explicit, so that an entity maps to the same table under any naming
 * strategy of the application.
 */
export function PrimaryUuidColumn(
  name: string,
  primaryKeyConstraintName: string,
): PropertyDecorator {
  return PrimaryGeneratedColumn('uuid', { name, primaryKeyConstraintName });
}

/** When the row was inserted: `created_at timestamptz(6) NOT NULL DEFAULT now()`, UTC. */
export function CreatedAtColumn(): PropertyDecorator {
  return CreateDateColumn({
    name: 'created_at',
    type: 'timestamptz',
    precision: 6,
    default: () => 'now()',
  });
}

/**
 * When the row last changed: `updated_at timestamptz(6) NOT NULL DEFAULT now()`, UTC.
 *
 * The trigger `<table>_set_updated_at` sets the value, for every client. The column is declared as TypeORM's
 * update date, so that `save()` reads the trigger's value back into the entity.
 */
export function UpdatedAtColumn(): PropertyDecorator {
  return UpdateDateColumn({
    name: 'updated_at',
    type: 'timestamptz',
    precision: 6,
    default: () => 'now()',
  });
}
