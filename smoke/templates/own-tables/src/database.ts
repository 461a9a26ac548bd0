import { SongNotes1790000000000 } from './notes/1790000000000-song-notes.js';
import { SongNote } from './notes/song-note.entity.js';

/** What the application keeps in the database besides the package's tables. */
export const entities = [SongNote];
export const migrations = [SongNotes1790000000000];
export const otherTables = ['drafts'];
