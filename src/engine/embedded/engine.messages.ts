/** The `dataDir` of an engine in memory. */
export const inMemory = 'memory://';

export interface EngineSettings {
  /** Absolute path, or `inMemory`. */
  readonly dataDir: string;
  /** The schemas that names without a schema are looked up in, such as `app, public`. Default: PostgreSQL's. */
  readonly searchPath?: string;
  /** Path of a tar archive with data to start from. */
  readonly snapshot?: string;
}

export type EngineCommand = 'stop' | 'snapshot';

export type EngineReport =
  | { readonly kind: 'listening'; readonly host: string; readonly port: number }
  | { readonly kind: 'snapshot'; readonly data: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'stopped' };
