import { createWriteStream } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { ArchiveMonth } from '../../config/maintenance-options.js';

/** Writes each month to a file of the folder: compressed lines of JSON, like `audit_logs_2024_11.jsonl.gz`. */
export function archiveIn(folder: string): ArchiveMonth {
  return async ({ name, lines }) => {
    await mkdir(folder, { recursive: true });
    const file = join(folder, `${name}.jsonl.gz`);
    // The file has its name once it is complete.
    const partial = `${file}.partial`;
    await pipeline(
      Readable.from(withLineBreaks(lines)),
      createGzip(),
      createWriteStream(partial, { flush: true }),
    );
    await rename(partial, file);
  };
}

async function* withLineBreaks(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}
