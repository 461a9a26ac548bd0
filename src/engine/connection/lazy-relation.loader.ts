import { RelationLoader } from 'typeorm/query-builder/RelationLoader.js';

/**
 * TypeORM's loader of lazy relations, which reports failures to the caller only. TypeORM keeps a second promise
 * of each load that nobody awaits: when a load failed, Node.js would end the process.
 */
export class LazyRelationLoader extends RelationLoader {
  override load(...args: Parameters<RelationLoader['load']>): Promise<any[]> {
    return HandledPromise.resolve(super.load(...args));
  }
}

/** A promise whose derived promises count as handled, also when nobody awaits them. */
class HandledPromise<T> extends Promise<T> {
  override then<Result1 = T, Result2 = never>(
    ...handlers: Parameters<Promise<T>['then']>
  ): Promise<Result1 | Result2> {
    const next = super.then(...handlers) as Promise<Result1 | Result2>;
    void Promise.prototype.then.call(next, undefined, () => undefined);
    return next;
  }
}
