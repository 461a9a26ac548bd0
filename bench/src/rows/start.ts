import { noMore, type Figure } from '../figure.js';
import { interleaved, median } from '../measure.js';
import { inOwnProcess } from '../start/child.js';
import type { Row } from '../row.js';

interface Start {
  /** The milliseconds until everything is imported. */
  importMs: number;
  /** Milliseconds until the application is ready, import included. */
  readyMs: number;
  /** Megabytes, after a garbage collection. */
  rss: number;
  heap: number;
}

export const startRow: Row = {
  number: 8,
  title: 'Start',
  about:
    'A process that starts a Nest application on a migrated database: with this package, and with `TypeOrmModule` alone and the same 31 entities, a repository each. From the first import; memory is read when the application is ready, after a garbage collection.',
  async run({ databases, size }) {
    const url = await databases.create('start');
    const starts: Record<'module' | 'plain', Start[]> = { module: [], plain: [] };
    const contender = (name: keyof typeof starts) => async () => {
      starts[name].push(await inOwnProcess<Start>(`./start-${name}.mjs`, [url]));
    };
    await interleaved(size(15, 1), { plain: contender('plain'), module: contender('module') });
    await databases.drop(url);

    const figure = (work: string, unit: 'ms' | 'MB', of: keyof Start): Figure => {
      // The first start of each warmed up the file system's cache.
      const [plain, module] = [starts.plain, starts.module].map((all) =>
        median(all.slice(1).map((start) => start[of])),
      ) as [number, number];
      return {
        work,
        unit,
        values: { 'plain TypeOrmModule': plain, module },
        targets: [noMore('plain TypeOrmModule', module, plain, 1.1)],
      };
    };
    return {
      figures: [
        figure('import', 'ms', 'importMs'),
        figure('ready', 'ms', 'readyMs'),
        figure('memory of the process', 'MB', 'rss'),
        figure('heap', 'MB', 'heap'),
      ],
    };
  },
};
