import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { InvalidConfigurationError } from './errors.js';

/**
 * The SSL modes of libpq that the `pg` driver supports. `allow` and `prefer` are missing: they silently fall
 * back to an unencrypted connection, which the driver cannot do.
 */
export const sslModes = ['disable', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof sslModes)[number];

/** The `ssl` option of the `pg` driver. */
export type TlsOptions =
  false | Pick<ConnectionOptions, 'ca' | 'rejectUnauthorized' | 'checkServerIdentity'>;

/**
 * The driver's TLS settings for a mode, with libpq's meaning (PostgreSQL manual, "SSL Support"):
 * `require` encrypts and trusts any certificate, unless a root certificate is given; `verify-ca`
 * checks who signed the certificate; `verify-full` also checks that it was issued for this host.
 *
 * @throws InvalidConfigurationError when the root certificate cannot be read
 */
export function tlsOptions(mode: SslMode, rootCertPath?: string): TlsOptions {
  if (mode === 'disable') return false;
  const ca = rootCertPath === undefined ? undefined : readRootCert(rootCertPath);
  if (mode === 'verify-full') return { ca, rejectUnauthorized: true };
  if (mode === 'verify-ca' || ca !== undefined) {
    return { ca, rejectUnauthorized: true, checkServerIdentity: () => undefined };
  }
  return { rejectUnauthorized: false };
}

function readRootCert(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new InvalidConfigurationError([
      `the root certificate "${path}" (sslrootcert) cannot be read; it takes the path of a PEM file.`,
    ]);
  }
}
