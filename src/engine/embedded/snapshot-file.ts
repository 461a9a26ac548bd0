import { readFile } from 'node:fs/promises';

/**
 * A snapshot for the engine to load. An ordinary Blob would copy the data when it is created, and twice when
 * it is read.
 */
export class SnapshotFile extends Blob {
  constructor(private readonly path: string) {
    super([]);
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    const { buffer, byteOffset, byteLength } = await readFile(this.path);
    return byteLength === buffer.byteLength
      ? buffer
      : buffer.slice(byteOffset, byteOffset + byteLength);
  }
}
