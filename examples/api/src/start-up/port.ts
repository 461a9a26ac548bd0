/** A setting of the example is not valid. The message says which values it takes. */
export class InvalidSettingError extends Error {}

/** The port to listen on: `PORT`, or 3000. 0 means any free port. */
export function readPort(variables: NodeJS.ProcessEnv): number {
  const value = variables.PORT?.trim() || '3000';
  const port = Number(value);
  if (/^\d+$/.test(value) && port <= 65_535) return port;
  throw new InvalidSettingError('PORT takes a whole number from 0 to 65535 (a TCP port).');
}
