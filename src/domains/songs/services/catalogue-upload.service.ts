import { Injectable } from '@nestjs/common';
import { ActorContext } from '../../../engine/actor/actor-context.js';
import { checkCount } from '../../../engine/common/check-count.js';
import { checkFilters } from '../../../engine/common/check-filters.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { Transactional } from '../../../engine/transaction/transactional.decorator.js';
import { withDefaultActor } from '../../common/default-actor.js';
import { CatalogueBusyError, EmptyCatalogueError, UploadTooLargeError } from '../errors.js';
import type { Catalogue } from '../import/catalogue.js';
import type { ImportOptions, Patience } from '../import/import-options.js';
import type { ImportProblem, ImportSummary } from '../import/import-summary.js';
import { cleanSong, type SongInput } from '../import/song-input.js';
import type {
  Caller,
  OpenUpload,
  WaitingBatch,
  WaitingRow,
} from '../repositories/catalogue-uploads.js';
import { SongRepository } from '../repositories/song.repository.js';
import { CatalogueImport } from './catalogue-import.js';
import { assertCatalogue, takeTurn } from './catalogue-turn.js';

/** The outcome of a part of an upload. */
export interface UploadedBatch {
  /** The number of rows in the part, with and without a valid song. */
  rows: number;
  /** The rows that contain no valid song. A row's line is its place in the part, from 1. */
  refused: ImportProblem[];
  /** The artist of the part's last song, as it is stored; null when the part has no song. */
  lastArtist: string | null;
  /** The title of the part's last song; null when the part has no song. */
  lastTitle: string | null;
}

/** A quiet upload that was written into its catalogue. */
export interface FinishedUpload extends Catalogue {
  summary: ImportSummary;
}

export interface AddSongsOptions extends Patience {
  /** The maximum number of rows in the whole upload, 1 to 10,000,000. Default: 1,000,000. */
  mostSongs?: number;
}

export type FinishUploadOptions = Pick<ImportOptions, 'mostProblems' | 'onProgress' | 'patienceMs'>;

export interface FinishQuietOptions {
  /**
   * The time without a call after which an upload counts as complete, in whole milliseconds, up to a day.
   * Default: 60,000.
   */
  quietForMs?: number;
  /** Only the uploads of this customer. When left out, the uploads of all customers; undefined is refused. */
  customerProfileId?: string;
}

const mostRows = 10_000_000;
const day = 24 * 60 * 60 * 1000;

/**
 * Receives a catalogue in parts, one request for each, as OpenKJ sends it. The database keeps the songs until
 * the upload is finished, so different processes can receive the parts. All songs become visible together
 * when the upload is finished. Until then everybody sees the catalogue as it was.
 *
 * A system has at most one upload. Uploads of different systems are independent. Deleting the system or its
 * customer deletes the upload.
 */
@Injectable()
export class CatalogueUploadService {
  constructor(
    private readonly songs: SongRepository,
    private readonly catalogueImport: CatalogueImport,
  ) {}

  /**
   * Begins an upload. An unfinished upload to the same system is discarded.
   *
   * With `replace`, the upload replaces the whole catalogue. Without it, as in an upload that begins with
   * `add()`, no song is deleted. Default: false.
   *
   * @throws CustomerProfileNotFoundError, InvalidSystemNumberError, InvalidCountError, CatalogueBusyError
   */
  @Transactional()
  async begin(
    { customerProfileId, openkjSystemId }: Catalogue,
    { replace = false, patienceMs }: { replace?: boolean } & Patience = {},
  ): Promise<void> {
    const catalogue = { customerProfileId, openkjSystemId };
    const caller = await this.waitForTurn(catalogue, patienceMs);
    await this.songs.uploads().begin(catalogue, { replaces: replace, ...caller });
  }

  /**
   * Adds songs to the upload of a system, however long ago its last call was. If there is no upload, this
   * begins one that deletes no songs.
   *
   * @throws UploadTooLargeError, CustomerProfileNotFoundError, InvalidSystemNumberError, InvalidCountError,
   *   CatalogueBusyError
   */
  @Transactional()
  async add(
    { customerProfileId, openkjSystemId }: Catalogue,
    songs: readonly SongInput[],
    { mostSongs = 1_000_000, patienceMs }: AddSongsOptions = {},
  ): Promise<UploadedBatch> {
    checkCount('mostSongs', mostSongs, { most: mostRows });
    const rows = songs.map(waitingRow);
    const catalogue = { customerProfileId, openkjSystemId };
    const caller = await this.waitForTurn(catalogue, patienceMs);
    const count = await this.songs.uploads().add(catalogue, rows, caller);
    if (count > mostSongs) throw new UploadTooLargeError(openkjSystemId, mostSongs);
    return describeBatch(rows);
  }

  /**
   * Finishes the upload of a system. It writes the differences between the upload and the catalogue in one
   * transaction. A failure changes neither the catalogue nor the upload. Returns null when there is no
   * upload.
   *
   * The lines in the summary count the rows of the upload from 1.
   *
   * @throws EmptyCatalogueError when it would replace the catalogue and has no song
   * @throws CustomerProfileNotFoundError, InvalidSystemNumberError, InvalidCountError, CatalogueBusyError
   */
  @Transactional()
  async finish(
    { customerProfileId, openkjSystemId }: Catalogue,
    options: FinishUploadOptions = {},
  ): Promise<ImportSummary | null> {
    const catalogue = { customerProfileId, openkjSystemId };
    await this.waitForTurn(catalogue, options.patienceMs);
    const upload = await this.songs.uploads().find(catalogue, 0);
    if (upload === undefined) return null;
    if (upload.replaces && upload.songs === 0) throw new EmptyCatalogueError(upload.rows);
    return withDefaultActor(upload.actor ?? uploadActor, () =>
      this.write(catalogue, upload, options),
    );
  }

  /**
   * Finishes the uploads that have had no call for a while. It serves programs such as OpenKJ that cannot say
   * that an upload is complete. Call it from a timer, or in the program's next call, and outside any
   * transaction: then each upload is written in its own transaction. It only reads when there is no such
   * upload. Several processes may call it at once.
   *
   * The audit trail names the sender of the upload as the actor. An upload without songs changes nothing and
   * is discarded. An upload whose catalogue is being written by others is left for the next call. If an
   * upload fails, it is kept, the others are finished, and then its error is thrown.
   *
   * @throws InvalidCountError, MissingFilterError
   */
  async finishQuiet(options: FinishQuietOptions = {}): Promise<FinishedUpload[]> {
    checkFilters(options, 'customerProfileId');
    const { quietForMs = 60_000, customerProfileId } = options;
    checkCount('quietForMs', quietForMs, { least: 0, most: day });
    if (customerProfileId !== undefined && !isUuid(customerProfileId)) return [];
    const finished: FinishedUpload[] = [];
    const failures: unknown[] = [];
    for (const catalogue of await this.songs.uploads().findQuiet(quietForMs, customerProfileId)) {
      try {
        const summary = await this.finishIfQuiet(catalogue, quietForMs);
        if (summary !== null) finished.push({ ...catalogue, summary });
      } catch (error) {
        if (!(error instanceof CatalogueBusyError)) failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
    return finished;
  }

  /**
   * Discards an unfinished upload. Returns whether there was one.
   *
   * @throws CustomerProfileNotFoundError, InvalidSystemNumberError, InvalidCountError, CatalogueBusyError
   */
  @Transactional()
  async discard({
    patienceMs,
    customerProfileId,
    openkjSystemId,
  }: Catalogue & Patience): Promise<boolean> {
    const catalogue = { customerProfileId, openkjSystemId };
    await this.waitForTurn(catalogue, patienceMs);
    return this.songs.uploads().remove(catalogue);
  }

  @Transactional()
  private async finishIfQuiet(
    catalogue: Catalogue,
    quietForMs: number,
  ): Promise<ImportSummary | null> {
    // The customer is locked first, as by its removal, which also deletes the upload and could otherwise
    // deadlock.
    if (!(await this.songs.keepCustomer(catalogue.customerProfileId))) return null;
    await takeTurn(this.songs, { ...catalogue, patienceMs: 0 });
    const upload = await this.songs.uploads().find(catalogue, quietForMs);
    if (upload === undefined) return null;
    if (upload.songs === 0) {
      await this.songs.uploads().remove(catalogue);
      return null;
    }
    return ActorContext.run(upload.actor ?? uploadActor, () => this.write(catalogue, upload));
  }

  private async write(
    catalogue: Catalogue,
    { replaces }: OpenUpload,
    options: FinishUploadOptions = {},
  ): Promise<ImportSummary> {
    const uploads = this.songs.uploads();
    const summary = await this.catalogueImport.run(songsIn(uploads.batches(catalogue)), {
      ...options,
      ...catalogue,
      replace: replaces,
    });
    await uploads.remove(catalogue);
    return summary;
  }

  private async waitForTurn(catalogue: Catalogue, patienceMs?: number): Promise<Caller> {
    await assertCatalogue(this.songs, { ...catalogue, patienceMs });
    const systemId = await this.songs.uploads().keepSystem(catalogue);
    await takeTurn(this.songs, { ...catalogue, patienceMs });
    return { systemId, actor: ActorContext.current() };
  }
}

/** The actor of uploads that were sent without an actor. */
const uploadActor = { name: 'catalogue upload' };

function waitingRow(input: SongInput): WaitingRow {
  const song = cleanSong(input);
  return typeof song === 'string' ? [song] : [song.artist, song.title];
}

async function* songsIn(batches: AsyncIterable<WaitingBatch>): AsyncGenerator<SongInput> {
  for await (const { rows } of batches) {
    for (const [artist, title] of rows) {
      yield title === undefined ? { artist: '', title: '', refused: artist } : { artist, title };
    }
  }
}

function describeBatch(rows: readonly WaitingRow[]): UploadedBatch {
  const refused = rows.flatMap<ImportProblem>((row, index) =>
    row.length === 1 ? [{ line: index + 1, kind: 'refused', reason: row[0] }] : [],
  );
  const [lastArtist, lastTitle] = rows.findLast((row) => row.length === 2) ?? [null, null];
  return { rows: rows.length, refused, lastArtist, lastTitle: lastTitle ?? null };
}
