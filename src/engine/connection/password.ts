import { passwordFromFile } from '../config/pass-file.js';
import type { ServerConnection } from '../config/server-connection.js';
import type { Password } from '../config/server-settings.js';
import { PasswordUnavailableError } from './errors.js';

/** The connection parameters that the driver calls a password function with. */
interface DriverLogin {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

/**
 * The password in the driver's terms: a text, or a function that the driver calls for each new connection. If
 * none is configured, the function reads the password file.
 */
export function passwordOf({ password, passFile }: ServerConnection): string | (() => string) {
  if (typeof password === 'string') return password;
  const ask = async ({ host, port, user: username, database }: DriverLogin) => {
    const login = { host, port, username, database };
    return password === undefined
      ? await passwordFromFile(passFile, login)
      : await passwordFrom(password, login);
  };
  // TypeORM's type has no parameters. It passes the function on as it is.
  return ask as unknown as () => string;
}

async function passwordFrom(
  ask: Exclude<Password, string>,
  login: Parameters<typeof ask>[0],
): Promise<string> {
  const address = `${login.host}:${login.port}`;
  let password: unknown;
  try {
    password = await ask(login);
  } catch (error) {
    throw new PasswordUnavailableError(
      address,
      `the function failed (${error instanceof Error ? error.message : String(error)})`,
    );
  }
  if (typeof password === 'string' && password !== '') return password;
  throw new PasswordUnavailableError(address, 'the function returned no text');
}
