import { createHmac, timingSafeEqual } from 'node:crypto';
import { beyondAll, type WalPosition } from './wal-position.js';

/** A position as a client keeps it, in hexadecimal digits and signed: `16B374D848.Zm9v…`. */
export function tokenOf(position: WalPosition, secret: string): string {
  const digits = position.toString(16);
  return `${digits}.${signatureOf(digits, secret)}`;
}

/** The position of a token; undefined for a text that is none, or has another signature. */
export function positionOfToken(token: string, secret: string): WalPosition | undefined {
  const [, digits, signature] = /^([0-9a-f]{1,16})\.([\w-]{43})$/.exec(token) ?? [];
  if (digits === undefined || signature === undefined) return undefined;
  const expected = Buffer.from(signatureOf(digits, secret));
  if (!timingSafeEqual(expected, Buffer.from(signature))) return undefined;
  const position = BigInt(`0x${digits}`);
  return position > beyondAll ? undefined : position;
}

function signatureOf(digits: string, secret: string): string {
  return createHmac('sha256', secret).update(`read-position ${digits}`).digest('base64url');
}
