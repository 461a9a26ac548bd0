import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';

/**
 * What a decorator says of classes. It is kept on the class itself, by a name that each copy of this file
 * knows: the ESM one and the CommonJS one.
 */
export class Declarations<Value> {
  private readonly key: symbol;

  constructor(name: string) {
    this.key = Symbol.for(`@singr/database:${name}`);
  }

  /** Takes the place of what was said of this very class before. */
  add(type: Function, value: Value): void {
    Object.defineProperty(type, this.key, { value, configurable: true });
  }

  /** What was said of a class and of those that it extends, its own first; nothing of what is no class. */
  of(type: unknown): Value[] {
    return lineageOf(type).flatMap((at) => this.ownOf(at) ?? []);
  }

  ownOf(type: Function): Value | undefined {
    return Object.hasOwn(type, this.key) ? (Reflect.get(type, this.key) as Value) : undefined;
  }
}

/** What a decorator says of properties. */
export class PropertyDeclarations<Value> {
  private readonly classes: Declarations<ReadonlyMap<string, Value>>;

  constructor(name: string) {
    this.classes = new Declarations(name);
  }

  /** @param prototype as a decorator is given it */
  add({ constructor }: object, property: string | symbol, value: Value): void {
    const others = this.classes.ownOf(constructor) ?? [];
    this.classes.add(constructor, new Map([...others, [String(property), value]]));
  }

  /** What was said of a column: in the entity, in a class that it extends, or in one embedded in it. */
  ofColumn({
    entityMetadata,
    embeddedMetadata,
    target,
    propertyName,
  }: ColumnMetadata): Value | undefined {
    const holders = [embeddedMetadata?.type ?? entityMetadata.target, target];
    return holders
      .flatMap((type) => this.classes.of(type))
      .find((properties) => properties.has(propertyName))
      ?.get(propertyName);
  }
}

/** A class and those that it extends, itself first; none for what is no class. */
function lineageOf(type: unknown): Function[] {
  const lineage: Function[] = [];
  for (let at = type; typeof at === 'function' && at !== Function.prototype;) {
    lineage.push(at);
    at = Object.getPrototypeOf(at) as unknown;
  }
  return lineage;
}
