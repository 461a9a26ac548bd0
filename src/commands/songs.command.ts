import { stat } from 'node:fs/promises';
import { Inject } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { Command, CommandRunner, Option, type CommandGroup } from './command-line/command.js';
import { ProgressLine } from './command-line/progress-line.js';
import { ActorContext } from '../engine/actor/actor-context.js';
import type { DatabaseDataSource } from '../engine/connection/database.data-source.js';
import { CsvUnreadableError } from '../domains/songs/errors.js';
import type { ImportSummary } from '../domains/songs/import/import-summary.js';
import {
  SongCatalogueService,
  type ImportProgress,
} from '../domains/songs/services/song-catalogue.service.js';
import { formatTable } from './table.js';
import { withDatabase } from './with-database.js';

interface ImportFlags {
  customer: string;
  system: number;
  artistColumn?: string;
  titleColumn?: string;
  delimiter?: string;
  replace?: boolean;
}

@Command({
  name: 'import',
  arguments: '<file>',
  description:
    'Add the songs of a CSV file (UTF-8, its first line names the columns) to a system’s catalogue.',
})
export class SongsImportCommand extends CommandRunner {
  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    private readonly catalogues: SongCatalogueService,
  ) {
    super();
  }

  override async run([file]: string[], flags: ImportFlags): Promise<void> {
    const progress = new ImportProgressLine(await sizeOf(file!));
    const actor = { name: `songs command by ${process.env.USER ?? 'unknown'}` };
    try {
      const summary = await withDatabase(this.database, () =>
        ActorContext.run(actor, () =>
          this.catalogues.importFile(file!, {
            ...flags,
            customerProfileId: flags.customer,
            openkjSystemId: flags.system,
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

  @Option({ flags: '--customer <id>', description: 'the customer profile’s id', required: true })
  parseCustomer(value: string): string {
    return value;
  }

  @Option({
    flags: '--system <number>',
    description: 'the system’s number in OpenKJ',
    required: true,
  })
  parseSystem(value: string): number {
    // Number('') is 0, which is a number of a system.
    return value.trim() === '' ? Number.NaN : Number(value);
  }

  @Option({ flags: '--artist-column <name>', description: 'default: artist' })
  parseArtistColumn(value: string): string {
    return value;
  }

  @Option({ flags: '--title-column <name>', description: 'default: title' })
  parseTitleColumn(value: string): string {
    return value;
  }

  @Option({
    flags: '--delimiter <text>',
    description: 'what separates the columns, \\t for a tab (default: ,)',
  })
  parseDelimiter(value: string): string {
    // Few shells have a way to write a tab.
    return value === '\\t' ? '\t' : value;
  }

  @Option({ flags: '--replace', description: 'delete the songs that are not in the file' })
  parseReplace(): boolean {
    return true;
  }
}

export const songsCommands: CommandGroup = {
  name: 'songs',
  description: 'Upload a song catalogue.',
  commands: [SongsImportCommand],
};

/** Over the bytes of the file, then over the songs. */
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
