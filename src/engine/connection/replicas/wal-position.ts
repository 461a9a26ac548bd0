/** A position in the write-ahead log of a server, as a number that can be compared. */
export type WalPosition = bigint;

/** A position that no server will reach. */
export const beyondAll: WalPosition = 0xffff_ffff_ffff_ffffn;

/** Converts PostgreSQL's text of a position, such as `16/B374D848`. */
export function walPosition(text: string): WalPosition {
  const [high, low] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

/** Converts a position to PostgreSQL's text. */
export function textOfWalPosition(position: WalPosition): string {
  const high = (position >> 32n).toString(16);
  const low = (position & 0xffff_ffffn).toString(16);
  return `${high}/${low}`.toUpperCase();
}
