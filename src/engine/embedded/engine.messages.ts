/** What passes between the application's thread and the engine's. */

/** In place of a data folder. */
export const inMemory = 'memory://';

export interface EngineSettings {
  /** Absolute path, or `inMemory`. */
  readonly dataDir: string;
  /** The file with a data folder to start from, as a tar archive. */
  readonly snapshot?: string;
}

export type EngineCommand = 'stop' | 'snapshot';

export type EngineReport =
  | { readonly kind: 'listening'; readonly host: string; readonly port: number }
  | { readonly kind: 'snapshot'; readonly data: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'stopped' };
