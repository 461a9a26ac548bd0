/**
 * The engine cannot read the rows of COPY … FROM STDIN from the client, and would exit. So the statement is
 * replaced by one that raises an error. It fails like any other statement, inside or outside a transaction.
 */
const copiesIn = /(?:^|;)\s*copy\b[^;]*\bfrom\s+stdin\b/i;
const comments = /--[^\n]*|\/\*[^]*?\*\//g;

const refusal = Buffer.from(`DO $$ BEGIN
  RAISE EXCEPTION 'the embedded engine cannot COPY … FROM STDIN'
    USING ERRCODE = 'feature_not_supported', HINT = 'INSERT the rows, or use a PostgreSQL server.';
END $$\0`);

/** Replaces the statement in a client's message (Query or Parse) if it is COPY … FROM STDIN. */
export function withoutCopyIn(message: Buffer): Buffer {
  const type = String.fromCharCode(message[0]!);
  if (type !== 'Q' && type !== 'P') return message;
  // In Parse, the name of the prepared statement comes first. Both texts end with a zero byte.
  const start = type === 'Q' ? 5 : message.indexOf(0, 5) + 1;
  const end = message.indexOf(0, start) + 1;
  const text = message.toString('utf8', start, end - 1).replace(comments, ' ');
  if (!copiesIn.test(text)) return message;
  const replaced = Buffer.concat([message.subarray(0, start), refusal, message.subarray(end)]);
  replaced.writeInt32BE(replaced.length - 1, 1);
  return replaced;
}
