/** A setting of the example that is wrong. The message says what it takes. */
export class InvalidSettingError extends Error {}

/** The port to listen on: `PORT`, or 3000. 0 takes any that is free. */
export function readPort(variables: NodeJS.ProcessEnv): number {
  const value = variables.PORT?.trim() || '3000';
  const port = Number(value);
  if (/^\d+$/.test(value) && port <= 65_535) return port;
  throw new InvalidSettingError('PORT takes a whole number from 0 to 65535 (a TCP port).');
}
