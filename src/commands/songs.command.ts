import { stat } from 'node:fs/promises';
import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { CommandGroup, CommandRunner, CommandUsage, InputOf } from './command-line/command.js';
import { ProgressLine } from './command-line/progress-line.js';
import { ActorContext } from '../engine/actor/actor-context.js';
import type { DatabaseDataSource } from '../engine/transaction/database.data-source.js';
import { CsvUnreadableError } from '../domains/songs/errors.js';
import type { ImportSummary } from '../domains/songs/import/import-summary.js';
import {
  SongCatalogueService,
  type ImportProgress,
} from '../domains/songs/services/song-catalogue.service.js';
import { formatTable } from './table.js';
import { withDatabase } from './with-database.js';

@Injectable()
export class SongsImportCommand implements CommandRunner {
  static readonly usage = {
    name: 'import',
    description:
      'Add the songs of a CSV file (UTF-8, its first line names the columns) to a system’s catalogue.',
    arguments: { file: { placeholder: '<file>' } },
    options: {
      customer: { flag: '--customer <id>', text: 'the id of the customer profile', required: true },
      system: {
        flag: '--system <number>',
        text: 'the system’s number in OpenKJ',
        required: true,
        // Number('') would be 0, which is a valid number of a system.
        read: (_, text) => (text.trim() === '' ? Number.NaN : Number(text)),
      },
      artistColumn: { flag: '--artist-column <name>', text: 'default: artist' },
      titleColumn: { flag: '--title-column <name>', text: 'default: title' },
      delimiter: {
        flag: '--delimiter <text>',
        text: 'the separator of columns, \\t for a tab (default: ,)',
        // A tab is hard to type in most shells.
        read: (_, text) => (text === '\\t' ? '\t' : text),
      },
      replace: { flag: '--replace', text: 'delete the songs that are not in the file' },
    },
  } satisfies CommandUsage;

  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    private readonly catalogues: SongCatalogueService,
  ) {}

  async run(input: InputOf<typeof SongsImportCommand.usage>): Promise<void> {
    const { file, customer, system, ...options } = input;
    const progress = new ImportProgressLine(await sizeOf(file));
    const actor = { name: `songs command by ${process.env.USER ?? 'unknown'}` };
    try {
      const summary = await withDatabase(this.database, () =>
        ActorContext.run(actor, () =>
          this.catalogues.importFile(file, {
            ...options,
            customerProfileId: customer,
            openkjSystemId: system,
            onBytes: (bytes) => progress.read(bytes),
            onProgress: (step) => progress.report(step),
          }),
        ),
      );
      progress.clear();
      console.log(formatSummary(summary));
    } finally {
      progress.clear();
    }
  }
}

export const songsCommands: CommandGroup = {
  name: 'songs',
  description: 'Upload a song catalogue.',
  commands: [SongsImportCommand],
};

/** Shows the progress in bytes while the file is read, and then in songs while they are written. */
class ImportProgressLine {
  private readonly line = new ProgressLine();

  constructor(private readonly bytes: number) {}

  read(bytes: number): void {
    this.line.show('reading', bytes, this.bytes);
  }

  report({ phase, rows, total }: ImportProgress): void {
    if (phase === 'writing') this.line.show(phase, rows, total!);
  }

  clear(): void {
    this.line.clear();
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    throw new CsvUnreadableError(file, error as Error);
  }
}

function formatSummary({ problems, ...counts }: ImportSummary): string {
  const names = [
    'rows',
    'inserted',
    'updated',
    'unchanged',
    'duplicates',
    'refused',
    'deleted',
  ] as const;
  const table = formatTable(names, [names.map((name) => String(counts[name]))]);
  const lines = problems.map(({ line, kind, reason }) => `line ${line}: ${kind}, ${reason}`);
  const more = counts.duplicates + counts.refused - problems.length;
  return [table, ...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}
