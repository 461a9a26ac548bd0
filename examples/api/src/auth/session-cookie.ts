import type { ApiRequest } from './api-request.js';

const cookie = 'singr_session';

/** The session's token that a browser sends; undefined if it has none. */
export function sessionCookieOf({ headers }: ApiRequest): string | undefined {
  for (const part of (headers.cookie ?? '').split(';')) {
    const [name, value] = part.trim().split('=');
    if (name === cookie && value) return value;
  }
  return undefined;
}

/**
 * A `Set-Cookie` header. Scripts cannot read the cookie, and the browser sends it only from pages of this server.
 *
 * @param token undefined to remove the cookie
 * @param expires when the session ends
 * @param isSecure whether the browser came over HTTPS
 */
export function sessionCookie(token: string | undefined, expires: Date, isSecure: boolean): string {
  return [
    `${cookie}=${token ?? ''}`,
    'Path=/',
    'HttpOnly',
    'SameSite=Strict',
    `Expires=${(token === undefined ? new Date(0) : expires).toUTCString()}`,
    ...(isSecure ? ['Secure'] : []),
  ].join('; ');
}
