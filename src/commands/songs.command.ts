import { stat } from 'node:fs/promises';
import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { CommandGroup, CommandRunner, CommandUsage, InputOf } from './command-line/command.js';
import { ProgressLine } from './command-line/progress-line.js';
import { ActorContext } from '../engine/actor/actor-context.js';
import type { DatabaseDataSource } from '../engine/transaction/database.data-source.js';
import { CsvUnreadableError } from '../domains/songs/errors.js';
import { csvEncodings, type CsvEncoding } from '../domains/songs/import/csv-encoding.js';
import type { CsvFormat } from '../domains/songs/import/csv-format.js';
import type { CsvPreview } from '../domains/songs/import/csv-preview.js';
import type { ImportProgress } from '../domains/songs/import/import-options.js';
import type { ImportProblem, ImportSummary } from '../domains/songs/import/import-summary.js';
import { SongCatalogueService } from '../domains/songs/services/song-catalogue.service.js';
import { CustomerProfileRepository } from '../domains/identity/repositories/profile.repository.js';
import { parseChoice } from './argument-values.js';
import { customerByText } from './customer-by-text.js';
import { formatTable } from './terminal/table.js';
import { withDatabase } from './with-database.js';

/** Columns are numbers where they are written as such: the API tells them apart by their type. */
const column = (_: string, text: string) => (/^\d+$/.test(text) ? Number(text) : text);

@Injectable()
export class SongsImportCommand implements CommandRunner {
  static readonly usage = {
    name: 'import',
    description: 'Add the songs of a CSV file to a system’s catalogue.',
    arguments: { file: { placeholder: '<file>' } },
    options: {
      customer: {
        flag: '--customer <who>',
        text: 'the customer profile’s id, an e-mail address of the customer, or the business’s name',
        required: true,
      },
      system: {
        flag: '--system <number>',
        text: 'the system’s number in OpenKJ',
        required: true,
        // Number('') would be 0, which is a valid number of a system.
        read: (_, text) => (text.trim() === '' ? Number.NaN : Number(text)),
      },
      artistColumn: {
        flag: '--artist-column <column>',
        text: 'its name, or its number from 1 (default: artist)',
        read: column,
      },
      titleColumn: {
        flag: '--title-column <column>',
        text: 'its name, or its number from 1 (default: title)',
        read: column,
      },
      combinedColumn: {
        flag: '--combined-column <column>',
        text: 'the column that has both, as in: Queen - Innuendo',
        read: column,
      },
      noHeader: {
        flag: '--no-header',
        text: 'the first line is a song; columns have numbers (default: 1 and 2)',
      },
      delimiter: {
        flag: '--delimiter <text>',
        text: 'what separates the columns, \\t for a tab (default: what it looks like)',
        // A tab is hard to type in most shells.
        read: (_, text) => (text === '\\t' ? '\t' : text),
      },
      encoding: {
        flag: '--encoding <name>',
        text: `${csvEncodings.join(', ')} (default: what it looks like)`,
        read: (option, text) => parseChoice(option, text, csvEncodings),
      },
      replace: { flag: '--replace', text: 'delete the songs that are not in the file' },
      reason: { flag: '--reason <text>', text: 'why, for the entries of the audit trail' },
      dryRun: { flag: '--dry-run', text: 'show the first songs as they would be; write nothing' },
    },
  } satisfies CommandUsage;

  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    private readonly catalogues: SongCatalogueService,
    private readonly customers: CustomerProfileRepository,
  ) {}

  async run(input: InputOf<typeof SongsImportCommand.usage>): Promise<void> {
    const { file, customer, system, noHeader, dryRun, replace, reason, ...columns } = input;
    const progress = new ImportProgressLine(await sizeOf(file));
    const actor = { name: `songs command by ${process.env.USER ?? 'unknown'}` };
    const options = {
      ...columns,
      header: !noHeader,
      onBytes: (bytes: number) => progress.read(bytes),
      onFormat: (format: CsvFormat) => {
        progress.clear();
        console.log(describeFormat(format));
      },
    };
    try {
      const result = await withDatabase(this.database, async () => {
        const customerProfileId = await customerByText(this.customers, customer);
        if (dryRun) return formatPreview(await this.catalogues.previewFile(file, options));
        const summary = await ActorContext.run(actor, { reason }, () =>
          this.catalogues.importFile(file, {
            ...options,
            replace,
            customerProfileId,
            openkjSystemId: system,
            onProgress: (step) => progress.report(step),
          }),
        );
        return formatSummary(summary);
      });
      progress.clear();
      console.log(result);
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

const encodingNames: Readonly<Record<CsvEncoding, string>> = {
  'utf-8': 'UTF-8',
  'utf-16le': 'UTF-16 (little-endian)',
  'utf-16be': 'UTF-16 (big-endian)',
  'windows-1252': 'Windows-1252',
};

/** What was guessed, or named: so that a wrong guess is seen. */
function describeFormat({ encoding, delimiter }: CsvFormat): string {
  const columns =
    delimiter === null
      ? 'each line one column'
      : `columns separated by ${delimiter === '\t' ? 'a tab' : `"${delimiter}"`}`;
  return `read as ${encodingNames[encoding]}, ${columns}`;
}

function formatPreview({ rows, refused, songs, problems }: CsvPreview): string {
  const table = formatTable(
    ['line', 'artist', 'title'],
    songs.map(({ line, artist, title }) => [String(line), artist, title]),
  );
  const counts = `${rows} rows, ${refused} of them refused. Nothing was written.`;
  return [table, ...describeProblems(problems, refused), counts].join('\n');
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
  return [table, ...describeProblems(problems, counts.duplicates + counts.refused)].join('\n');
}

function describeProblems(problems: readonly ImportProblem[], all: number): string[] {
  const lines = problems.map(({ line, kind, reason }) => `line ${line}: ${kind}, ${reason}`);
  const more = all - problems.length;
  return more > 0 ? [...lines, `and ${more} more`] : lines;
}
