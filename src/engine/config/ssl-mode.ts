import { readFileSync } from 'node:fs';
import { createSecureContext, type ConnectionOptions } from 'node:tls';
import { InvalidConfigurationError } from './errors.js';

/**
 * The SSL modes of libpq that the `pg` driver supports. `allow` and `prefer` are missing: they silently fall
 * back to an unencrypted connection, which the driver cannot do.
 */
export const sslModes = ['disable', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof sslModes)[number];

/** The `ssl` option of the `pg` driver. */
export type TlsOptions =
  | false
  | Pick<
      ConnectionOptions,
      'ca' | 'cert' | 'key' | 'passphrase' | 'rejectUnauthorized' | 'checkServerIdentity'
    >;

/** What TLS needs. A certificate or a key is the text of a PEM file, or its path. */
export interface TlsSettings {
  readonly sslMode?: SslMode;
  readonly sslRootCert?: string;
  readonly sslCert?: string;
  readonly sslKey?: string;
  /** The pass phrase of the key. */
  readonly sslPassword?: string;
}

/**
 * The driver's TLS settings, with libpq's meaning (PostgreSQL manual, "SSL Support"):
 * `require` encrypts and trusts any certificate, unless a root certificate is given; `verify-ca`
 * checks who signed the certificate; `verify-full` also checks that it was issued for this host. The root
 * certificate `system` stands for the authorities that Node.js trusts, and asks for `verify-full`.
 *
 * @throws InvalidConfigurationError when a certificate or a key cannot be read, or does not fit
 */
export function tlsOptions(settings: TlsSettings): TlsOptions {
  const { sslRootCert, sslPassword } = settings;
  const isSystem = sslRootCert === 'system';
  const mode = settings.sslMode ?? (isSystem ? 'verify-full' : 'disable');
  if (mode === 'disable') return false;
  if (isSystem && mode !== 'verify-full') {
    throw new InvalidConfigurationError([
      'the root certificate "system" takes the sslmode verify-full: anybody can get a certificate from a public authority.',
    ]);
  }
  const ca = isSystem ? undefined : readPem(sslRootCert, 'root certificate', 'sslrootcert');
  const cert = readPem(settings.sslCert, 'client certificate', 'sslcert');
  const key = readPem(settings.sslKey, 'client key', 'sslkey');
  const client = {
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(sslPassword !== undefined && { passphrase: sslPassword }),
  };
  assertUsable({ ca, ...client });
  if (mode === 'verify-full') return { ca, ...client, rejectUnauthorized: true };
  if (mode === 'verify-ca' || ca !== undefined) {
    return { ca, ...client, rejectUnauthorized: true, checkServerIdentity: () => undefined };
  }
  return { ...client, rejectUnauthorized: false };
}

/** Reads a PEM file; a text that is one already is taken as it is, with `\n` for the ends of its lines too. */
function readPem(pathOrText: string | undefined, what: string, parameter: string) {
  if (pathOrText === undefined) return undefined;
  if (pathOrText.includes('-----BEGIN ')) return pathOrText.replaceAll('\\n', '\n');
  try {
    return readFileSync(pathOrText, 'utf8');
  } catch {
    // What is no path may be a key in another form.
    const path = parameter === 'sslkey' ? '' : ` "${pathOrText}"`;
    throw new InvalidConfigurationError([
      `the ${what}${path} (${parameter}) cannot be read; it takes the path of a PEM file, or its text.`,
    ]);
  }
}

function assertUsable(context: Parameters<typeof createSecureContext>[0]): void {
  try {
    createSecureContext(context);
  } catch (error) {
    throw new InvalidConfigurationError([
      'the certificates cannot be used: sslrootcert, sslcert and sslkey take PEM files, sslkey has to belong to ' +
        `sslcert, and sslpassword to sslkey (${(error as Error).message}).`,
    ]);
  }
}
