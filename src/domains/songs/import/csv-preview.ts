import { checkCount } from '../../../engine/common/check-count.js';
import { formatOf, type CsvFormat } from './csv-format.js';
import type { CsvOptions } from './csv-options.js';
import { songsInCsv } from './csv-songs.js';
import type { ImportProblem } from './import-summary.js';
import { cleanSong } from './song-input.js';

/** The contents of a CSV file, as they would be imported. */
export interface CsvPreview extends CsvFormat {
  rows: number;
  /** Rows that contain no valid song. */
  refused: number;
  /** The first songs. */
  songs: { line: number; artist: string; title: string }[];
  /** The first rows that are refused. */
  problems: ImportProblem[];
}

export interface PreviewOptions extends CsvOptions {
  /** The maximum number of songs to show, 0 to 1,000,000. Default: 10. */
  mostSongs?: number;
  /** The maximum number of problems to list, 0 to 1,000,000. Default: 100. */
  mostProblems?: number;
}

/** Reads a CSV file to its end, without using the database. */
export async function previewOf(file: string, options: PreviewOptions): Promise<CsvPreview> {
  const { mostSongs = 10, mostProblems = 100 } = options;
  checkCount('mostSongs', mostSongs, { least: 0 });
  checkCount('mostProblems', mostProblems, { least: 0 });
  const format = await formatOf(file, options);
  const { encoding, delimiter } = format;
  options.onFormat?.({ encoding, delimiter });
  const preview: CsvPreview = { encoding, delimiter, rows: 0, refused: 0, songs: [], problems: [] };
  for await (const input of songsInCsv(file, format, options)) {
    const line = input.line!;
    preview.rows++;
    const song = cleanSong(input);
    if (typeof song === 'string') {
      preview.refused++;
      if (preview.problems.length < mostProblems) {
        preview.problems.push({ line, kind: 'refused', reason: song });
      }
    } else if (preview.songs.length < mostSongs) {
      preview.songs.push({ line, artist: song.artist, title: song.title });
    }
  }
  return preview;
}
