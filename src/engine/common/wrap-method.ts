/** The method that a decorator wraps. */
export type Method = (this: object | undefined, ...args: unknown[]) => unknown;

/** Wraps a method, and copies its name and metadata, which Nest's routes, parameters and guards depend on. */
export function wrapMethod(method: Method, wrap: (method: Method) => Method): Method {
  const wrapped = wrap(method);
  Object.defineProperty(wrapped, 'name', { value: method.name });
  for (const key of Reflect.getMetadataKeys(method)) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, method), wrapped);
  }
  return wrapped;
}
