import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { Injectable } from '@nestjs/common';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export interface PageFile {
  readonly content: Buffer;
  readonly type: string;
}

/**
 * The page's files, read once from the application's `public` folder. They are found by name, so a path
 * cannot lead to another file.
 */
@Injectable()
export class PageFiles {
  private readonly files = new Map<string, PageFile>();

  constructor() {
    const folder = new URL('../../public/', import.meta.url);
    for (const name of readdirSync(folder)) {
      const type = types[extname(name)];
      if (type === undefined) continue;
      this.files.set(name, { content: readFileSync(new URL(name, folder)), type });
    }
  }

  find(name: string): PageFile | undefined {
    return this.files.get(name);
  }
}
