/** What passes between the application's thread and the engine's. */

export interface EngineSettings {
  /** Absolute path, or `memory://`. */
  readonly dataDir: string;
  /** A data folder as a tar archive, to start from. */
  readonly snapshot?: Uint8Array<ArrayBuffer>;
}

export type EngineCommand = 'stop' | 'snapshot';

export type EngineReport =
  | { readonly kind: 'listening'; readonly host: string; readonly port: number }
  | { readonly kind: 'snapshot'; readonly data: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'stopped' };
