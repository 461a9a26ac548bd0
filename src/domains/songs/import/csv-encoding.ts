import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { CsvEncodingError, CsvUnreadableError } from '../errors.js';

/** The encodings that a CSV may have. */
export const csvEncodings = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const;
export type CsvEncoding = (typeof csvEncodings)[number];

/** The characters of Windows-1252 where Latin-1 has control characters. Five places are empty. */
const windowsCharacters = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';
const windowsPlaces = /[\x80-\x9f]/g;

const sampleBytes = 64 * 1024;

/**
 * Detects the encoding of a file. A byte order mark decides. NUL bytes mean UTF-16, because no other text has
 * them. A file that is valid UTF-8 is UTF-8, because other texts hardly ever are. Any other file is
 * Windows-1252, if it is valid as such.
 *
 * @throws CsvEncodingError, CsvUnreadableError
 */
export async function encodingOf(file: string): Promise<CsvEncoding> {
  const sample = await beginningOf(file);
  if (sample[0] === 0xff && sample[1] === 0xfe) return 'utf-16le';
  if (sample[0] === 0xfe && sample[1] === 0xff) return 'utf-16be';
  const zeros = [0, 0];
  for (const [place, byte] of sample.entries()) if (byte === 0) zeros[place % 2]!++;
  const [even, odd] = zeros as [number, number];
  if (odd > 2 * even) return 'utf-16le';
  if (even > 2 * odd) return 'utf-16be';
  if (even > 0) throw new CsvEncodingError();
  if (await isUtf8(file)) return 'utf-8';
  if (await isWindows1252(file)) return 'windows-1252';
  throw new CsvEncodingError();
}

async function beginningOf(file: string): Promise<Buffer> {
  let handle;
  try {
    handle = await open(file);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(sampleBytes), 0, sampleBytes);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw new CsvUnreadableError(file, error as Error);
  } finally {
    await handle?.close();
  }
}

async function isUtf8(file: string): Promise<boolean> {
  try {
    for await (const _text of textOf(bytesOf(file), 'utf-8'));
    return true;
  } catch (error) {
    if (error instanceof CsvEncodingError) return false;
    throw error;
  }
}

/** Whether all bytes are valid in Windows-1252, and the file is not UTF-8 with an error. */
async function isWindows1252(file: string): Promise<boolean> {
  const decoder = new TextDecoder('utf-8');
  let [valid, invalid] = [0, 0];
  for await (const chunk of bytesOf(file)) {
    if (chunk.some((byte) => [0x81, 0x8d, 0x8f, 0x90, 0x9d].includes(byte))) return false;
    for (const [character] of decoder.decode(chunk, { stream: true }).matchAll(/[^\0-\x7f]/gu)) {
      if (character === '\ufffd') invalid++;
      else valid++;
    }
  }
  return invalid > valid;
}

/** The bytes of a file. @throws CsvUnreadableError while it is read */
export async function* bytesOf(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file) as AsyncIterable<Buffer>;
  } catch (error) {
    if ((error as { syscall?: string }).syscall === undefined) throw error;
    throw new CsvUnreadableError(file, error as Error);
  }
}

/** The text of bytes, without a byte order mark. @throws CsvEncodingError while it is read */
export async function* textOf(
  chunks: AsyncIterable<Uint8Array>,
  encoding: CsvEncoding,
  onBytes: (bytes: number) => void = () => undefined,
): AsyncGenerator<string> {
  const decode = encoding === 'windows-1252' ? decodeWindows1252 : strictly(encoding);
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      yield decode(chunk);
      onBytes((bytes += chunk.length));
    }
    yield decode();
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
      throw new CsvEncodingError(error);
    }
    throw error;
  }
}

function strictly(encoding: CsvEncoding): (chunk?: Uint8Array) => string {
  const decoder = new TextDecoder(encoding, { fatal: true });
  return (chunk) => decoder.decode(chunk, { stream: chunk !== undefined });
}

/** Without TextDecoder, which decodes Windows-1252 as Latin-1 in some versions of Node.js. */
function decodeWindows1252(chunk: Uint8Array = new Uint8Array()): string {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
    .toString('latin1')
    .replace(windowsPlaces, (place) => windowsCharacters[place.charCodeAt(0) - 0x80]!);
}
