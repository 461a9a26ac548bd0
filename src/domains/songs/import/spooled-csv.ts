import { open } from 'node:fs/promises';
import { CsvTooLargeError, CsvTooSlowError } from '../errors.js';
import { checkedArrival, checkedCsvOptions, type CsvOptions } from './csv-options.js';
import { withSpoolFile } from './spool-file.js';

/**
 * Writes the bytes to a temporary file that only this user can read, and passes it to `work` when all have
 * arrived. The sender decides how long that takes, so no connection must be held meanwhile.
 *
 * @throws InvalidCountError, CsvTooLargeError, CsvTooSlowError, and what the source throws
 */
export async function withSpooled<T>(
  bytes: AsyncIterable<Uint8Array>,
  options: CsvOptions,
  work: (file: string) => Promise<T>,
): Promise<T> {
  const arrival = checkedArrival(options);
  checkedCsvOptions(options);
  return await withSpoolFile('songs.csv', async (file) => {
    await spool(bytes, file, arrival, options.onBytes);
    return await work(file);
  });
}

async function spool(
  bytes: AsyncIterable<Uint8Array>,
  file: string,
  { maxBytes, arrivalTimeoutMs }: ReturnType<typeof checkedArrival>,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new CsvTooSlowError(arrivalTimeoutMs / 1000)),
      arrivalTimeoutMs,
    );
  });
  // It may be rejected while a chunk is written, when nothing awaits it.
  late.catch(() => undefined);
  // Not `for await`: leaving that loop early destroys the request, which could not be answered then.
  const source = bytes[Symbol.asyncIterator]();
  const output = await open(file, 'wx', 0o600);
  try {
    let arrived = 0;
    for (;;) {
      const next = source.next();
      // Ignore a failure after the time limit; nothing awaits this promise.
      next.catch(() => undefined);
      const { done, value } = await Promise.race([next, late]);
      if (done === true) return;
      arrived += value.length;
      if (arrived > maxBytes) throw new CsvTooLargeError(maxBytes);
      await output.writeFile(value);
      onBytes(arrived);
    }
  } finally {
    clearTimeout(timer);
    await output.close();
  }
}
