/**
 * The engine takes the rows of COPY … FROM STDIN from where the statement came from, finds nothing there, and
 * exits. So the statement is refused: the engine gets another one in its place, which fails as one that fails
 * does, in a transaction or not.
 */
const copiesIn = /(?:^|;)\s*copy\b[^;]*\bfrom\s+stdin\b/i;
const comments = /--[^\n]*|\/\*[^]*?\*\//g;

const refusal = Buffer.from(`DO $$ BEGIN
  RAISE EXCEPTION 'the embedded engine cannot COPY … FROM STDIN'
    USING ERRCODE = 'feature_not_supported', HINT = 'INSERT the rows, or use a PostgreSQL server.';
END $$\0`);

/** The statement in a client's message (Query or Parse), unless the engine would not survive it. */
export function withoutCopyIn(message: Buffer): Buffer {
  const type = String.fromCharCode(message[0]!);
  if (type !== 'Q' && type !== 'P') return message;
  // The name of what Parse prepares comes first. Both texts end with a zero.
  const start = type === 'Q' ? 5 : message.indexOf(0, 5) + 1;
  const end = message.indexOf(0, start) + 1;
  const text = message.toString('utf8', start, end - 1).replace(comments, ' ');
  if (!copiesIn.test(text)) return message;
  const replaced = Buffer.concat([message.subarray(0, start), refusal, message.subarray(end)]);
  replaced.writeInt32BE(replaced.length - 1, 1);
  return replaced;
}
