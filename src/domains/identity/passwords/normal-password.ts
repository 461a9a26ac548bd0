/**
 * A password as it is measured and hashed: in the normal form NFKC, as NIST SP 800-63B (5.1.1.2) asks.
 * Keyboards differ in the code points that they send for one and the same character.
 */
export function normalPassword(password: string): string {
  return password.normalize('NFKC');
}
