import { combinedText, displayText, normalizeText } from '../text/song-text.js';

/** A song from a source, not yet validated. */
export interface SongInput {
  artist: unknown;
  title: unknown;
  /** The line in the source. Default: the place among the rows, from 1. */
  line?: number;
  /** The reason why the source rejects the row. */
  refused?: string;
}

/** A song in the form that the catalogue stores. */
export interface CleanSong {
  artist: string;
  title: string;
  normalized: string;
}

/**
 * The maximum length of a song in bytes. A B-tree entry holds 2704 bytes in PostgreSQL's 8 kB pages, of which
 * the customer and the system take 20.
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
