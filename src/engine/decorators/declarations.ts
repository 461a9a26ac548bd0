import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata.js';

/**
 * The declarations that a decorator makes on classes. A declaration is stored on the class itself, under a
 * global symbol, so that the ESM and the CommonJS copy of this file share it.
 */
export class Declarations<Value> {
  private readonly key: symbol;

  constructor(name: string) {
    this.key = Symbol.for(`@singr/database:${name}`);
  }

  /** Replaces an earlier declaration on the same class. */
  add(type: Function, value: Value): void {
    Object.defineProperty(type, this.key, { value, configurable: true });
  }

  /**
   * The declarations on a class and the classes that it extends, its own first; empty if `type` is not a
   * class.
   */
  of(type: unknown): Value[] {
    return lineageOf(type).flatMap((at) => this.ownOf(at) ?? []);
  }

  ownOf(type: Function): Value | undefined {
    return Object.hasOwn(type, this.key) ? (Reflect.get(type, this.key) as Value) : undefined;
  }
}

/** The declarations that a decorator makes on properties. */
export class PropertyDeclarations<Value> {
  private readonly classes: Declarations<ReadonlyMap<string, Value>>;

  constructor(name: string) {
    this.classes = new Declarations(name);
  }

  /** @param prototype the first argument of a property decorator */
  add({ constructor }: object, property: string | symbol, value: Value): void {
    const others = this.classes.ownOf(constructor) ?? [];
    this.classes.add(constructor, new Map([...others, [String(property), value]]));
  }

  /**
   * The declaration on a column's property: in the entity, in a class that it extends, or in an embedded
   * class.
   */
  ofColumn({
    entityMetadata,
    embeddedMetadata,
    target,
    propertyName,
  }: ColumnMetadata): Value | undefined {
    return this.ofProperty([embeddedMetadata?.type ?? entityMetadata.target, target], propertyName);
  }

  /** The declaration on a relation's property. */
  ofRelation({ entityMetadata, target, propertyName }: RelationMetadata): Value | undefined {
    return this.ofProperty([entityMetadata.target, target], propertyName);
  }

  private ofProperty(holders: readonly unknown[], property: string): Value | undefined {
    return holders
      .flatMap((type) => this.classes.of(type))
      .find((properties) => properties.has(property))
      ?.get(property);
  }
}

/** A class and the classes that it extends, itself first; empty if `type` is not a class. */
function lineageOf(type: unknown): Function[] {
  const lineage: Function[] = [];
  for (let at = type; typeof at === 'function' && at !== Function.prototype;) {
    lineage.push(at);
    at = Object.getPrototypeOf(at) as unknown;
  }
  return lineage;
}
