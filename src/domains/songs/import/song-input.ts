import { combinedText, displayText, normalizeText } from '../text/song-text.js';

/** A song as a source has it, before it is looked at. */
export interface SongInput {
  artist: unknown;
  title: unknown;
  /** The line in the source. Default: the place among the rows, from 1. */
  line?: number;
  /** The reason why the source rejects the row. */
  refused?: string;
}

/** A song as it goes into the catalogue. */
export interface CleanSong {
  artist: string;
  title: string;
  normalized: string;
}

/**
 * A B-tree entry holds 2704 bytes in PostgreSQL's 8 kB pages; the customer and the system take 20 of
 * them, and a title that long is none.
 */
const mostBytes = 2000;

/** The song in a row, or the reason why there is none. */
export function cleanSong({ artist, title, refused }: SongInput): CleanSong | string {
  if (refused !== undefined) return refused;
  const song = { artist: textOf(artist), title: textOf(title) };
  if (song.artist === '') return song.title === '' ? 'neither artist nor title' : 'no artist';
  if (song.title === '') return 'no title';
  const combined = combinedText(song.artist, song.title);
  const normalized = normalizeText(combined);
  if (Math.max(Buffer.byteLength(combined), Buffer.byteLength(normalized)) > mostBytes) {
    return `longer than ${mostBytes} bytes`;
  }
  return { ...song, normalized };
}

function textOf(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? displayText(value) : '';
}
