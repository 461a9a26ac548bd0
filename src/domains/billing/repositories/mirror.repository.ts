import type { ObjectLiteral } from 'typeorm';
import { onPrimary } from '../../../engine/connection/on-primary.js';
import { DomainRepository } from '../../common/domain.repository.js';

/** A row that mirrors an object of Stripe's. */
interface Mirrored extends ObjectLiteral {
  stripeUpdatedAt: Date | null;
}

/** What became of the state of an object. */
export interface Mirroring<E> {
  /** The row as it is now. */
  readonly row: E;
  /** False when the row was left as it is, because it holds a newer state or is somebody else's. */
  readonly applied: boolean;
}

export interface MirrorOptions<E> {
  /** The property that holds Stripe's id. */
  readonly key: keyof E & string;
  /** Properties that a row gets when it is made, and keeps. */
  readonly fixed?: readonly (keyof E & string)[];
  /** The property that says whose a row is. A row of somebody else's is left as it is. */
  readonly owner?: keyof E & string;
}

/** A table that mirrors objects of Stripe's of one kind. */
export abstract class MirrorRepository<E extends Mirrored> extends DomainRepository<E> {
  /**
   * Writes the state of an object of Stripe's, unless the row holds a newer one. One statement, so that of
   * two states that arrive at the same time the newer one stays, whichever comes first.
   *
   * @internal
   */
  async mirror(
    values: Partial<E>,
    { key, fixed = [], owner }: MirrorOptions<E>,
  ): Promise<Mirroring<E>> {
    const columnOf = (property: string) =>
      this.metadata.findColumnWithPropertyName(property)!.databaseName;
    const written = Object.keys(values).filter(
      (property) => property !== key && !fixed.includes(property) && values[property] !== undefined,
    );
    const row = await this.write(
      this.createQueryBuilder('mirror')
        .insert()
        .values(values)
        .orUpdate(written.map(columnOf), [columnOf(key)], {
          overwriteCondition: {
            where: `(mirror.stripe_updated_at IS NULL OR mirror.stripe_updated_at <= excluded.stripe_updated_at)
              ${owner === undefined ? '' : `AND mirror.${columnOf(owner)} = excluded.${columnOf(owner)}`}`,
          },
        }),
    );
    if (row !== null) return { row, applied: true };
    const current = this.createQueryBuilder('mirror').where(`mirror.${key} = :id`, {
      id: values[key],
    });
    return { row: await onPrimary(() => current.getOneOrFail()), applied: false };
  }
}
