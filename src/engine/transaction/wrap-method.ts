/** A method as decorators get it. */
export type Method = (this: object | undefined, ...args: unknown[]) => unknown;

/** Puts `wrap` around a method, whose name and metadata stay: routes, parameters and guards hang on them. */
export function wrapMethod(method: Method, wrap: (method: Method) => Method): Method {
  const wrapped = wrap(method);
  Object.defineProperty(wrapped, 'name', { value: method.name });
  for (const key of Reflect.getMetadataKeys(method)) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, method), wrapped);
  }
  return wrapped;
}
