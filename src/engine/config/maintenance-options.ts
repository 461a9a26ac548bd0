import { InvalidConfigurationError } from './errors.js';

/** A month of the audit trail that is about to be dropped. */
export interface MonthToArchive {
  /** The name of its partition, such as `audit_logs_2024_11`. */
  readonly name: string;
  /** Its entries in their order, each a line of JSON with the columns of `audit_logs`, without the line break. */
  readonly lines: AsyncIterable<string>;
}

/** Keeps a copy of a month. If it throws, the month is not dropped. */
export type ArchiveMonth = (month: MonthToArchive) => Promise<void>;

/** What the module maintains by itself. */
export interface MaintenanceOptions {
  /** How many coming months have a partition of the audit trail, 0 to 120; false for none. Default: 3. */
  partitions?: number | false;
  /**
   * How long entries of the trail are kept, such as `24 months` or `2 years`. Whole months that are older are
   * dropped. Default: for ever.
   */
  retention?: string;
  /**
   * Keeps a copy of each month before it is dropped: a folder for files like `audit_logs_2024_11.jsonl.gz`, or a
   * function. Default: none.
   */
  archive?: string | ArchiveMonth;
  /** Whether to run the purges of the `PurgeRegistry`. Default: true. */
  purge?: boolean;
  /** The time between two runs, in milliseconds, 1000 to 86 400 000. Default: 3 600 000 (an hour). */
  every?: number;
}

/** The settings of maintenance, complete and checked. */
export interface MaintenanceConfig {
  /** The number of coming months; false to create no partitions. */
  readonly partitions: number | false;
  /** In months; undefined for ever. */
  readonly retention: number | undefined;
  readonly archive: string | ArchiveMonth | undefined;
  readonly purge: boolean;
  /** Milliseconds. */
  readonly every: number;
}

/** @throws InvalidConfigurationError */
export function resolveMaintenance(
  options: MaintenanceOptions | false,
  retentionVariable?: string,
): MaintenanceConfig | false {
  if (options === false) return false;
  const { partitions = 3, archive, purge = true, every = 3_600_000 } = options;
  const retention = options.retention ?? retentionVariable;
  const problems: string[] = [];
  if (partitions !== false && !isWhole(partitions, 0, 120)) {
    problems.push('the option "maintenance.partitions" takes 0 to 120 (months), or false.');
  }
  if (archive !== undefined && typeof archive !== 'function' && !isText(archive)) {
    problems.push('the option "maintenance.archive" takes the path of a folder, or a function.');
  }
  if (typeof purge !== 'boolean') {
    problems.push('the option "maintenance.purge" takes true or false.');
  }
  if (!isWhole(every, 1000, 86_400_000)) {
    problems.push(
      'the option "maintenance.every" takes a whole number from 1000 to 86400000 (milliseconds).',
    );
  }
  if (problems.length > 0) throw new InvalidConfigurationError(problems);
  return {
    partitions,
    retention: retention === undefined ? undefined : monthsOf(retention),
    archive,
    purge,
    every,
  };
}

/**
 * A number of months, from a text such as `24 months` or `2 years`.
 *
 * @throws InvalidConfigurationError
 */
export function monthsOf(text: string): number {
  const [, count, unit] = /^(\d{1,4}) ?(month|year)s?$/.exec(String(text).trim()) ?? [];
  const months = Number(count) * (unit === 'year' ? 12 : 1);
  if (isWhole(months, 1, 1200)) return months;
  throw new InvalidConfigurationError([
    'the option "maintenance.retention" (DATABASE_RETENTION) takes a time of 1 to 1200 months, such as "24 months" or "2 years".',
  ]);
}

function isWhole(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}
