/** A SQLSTATE has five characters, one of them a digit, unlike codes of Node.js such as EPIPE. */
const sqlState = /^(?=.*\d)[0-9A-Z]{5}$/;

/**
 * The attributes of a failed statement or transaction: its SQLSTATE, else the code or the name of the error. Its
 * message is left out, because it may have values in it.
 */
export function errorAttributes(error: unknown): Record<string, string> {
  const { code, driverError, name } = (error ?? {}) as {
    code?: unknown;
    driverError?: { name?: string };
    name?: string;
  };
  if (typeof code !== 'string') return { 'error.type': driverError?.name ?? name ?? '_OTHER' };
  return sqlState.test(code)
    ? { 'error.type': code, 'db.response.status_code': code }
    : { 'error.type': code };
}
