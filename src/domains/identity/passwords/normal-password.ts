/**
 * The form of a password that is measured and hashed: NFKC, as NIST SP 800-63B (5.1.1.2) recommends.
 * Keyboards send different code points for one character.
 */
export function normalPassword(password: string): string {
  return password.normalize('NFKC');
}
