import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { Injectable } from '@nestjs/common';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export interface PageFile {
  readonly text: string;
  readonly type: string;
}

const folder = new URL('./page/', new URL('../', import.meta.url));

/** Reads the page's files. Each is small, and the browser keeps it by its ETag. */
@Injectable()
export class PageFiles {
  /** A file by its path, such as `views/record.js`; undefined if there is none. */
  async find(path: string): Promise<PageFile | undefined> {
    const type = types[extname(path)];
    // Neither ".." nor a hidden file can be named.
    if (type === undefined || !/^([a-z0-9-]+\/)?[a-z0-9-]+\.[a-z]+$/.test(path)) return undefined;
    try {
      return { text: await readFile(new URL(path, folder), 'utf8'), type };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }
}
