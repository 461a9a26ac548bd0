import type { ObjectLiteral } from 'typeorm';
import { onPrimary } from '../../../engine/connection/on-primary.js';
import { DomainRepository } from '../../common/domain.repository.js';

/** A row that mirrors an object in Stripe. */
interface Mirrored extends ObjectLiteral {
  stripeUpdatedAt: Date | null;
}

/** The outcome of mirroring an object's state. */
export interface Mirroring<E> {
  /** The row as it is now. */
  readonly row: E;
  /** False when the row was left unchanged, because it holds a newer state or belongs to another owner. */
  readonly applied: boolean;
}

export interface MirrorOptions<E> {
  /** The property that holds Stripe's id. */
  readonly key: keyof E & string;
  /** Properties that are set on insert and never updated. */
  readonly fixed?: readonly (keyof E & string)[];
  /** The property that holds the owner. A row of another owner is left unchanged. */
  readonly owner?: keyof E & string;
}

/** The base class of repositories that mirror one kind of Stripe objects. */
export abstract class MirrorRepository<E extends Mirrored> extends DomainRepository<E> {
  /**
   * Writes the state of a Stripe object, unless the row holds a newer one. It is one statement, so of two
   * concurrent states the newer one remains, whatever their order.
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
