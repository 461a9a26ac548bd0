/** The parts of a request of Express that the forms read. */
export interface BrowserRequest {
  readonly method: string;
  /** Whether the browser came over HTTPS. */
  readonly secure: boolean;
  readonly headers: { readonly cookie?: string; readonly 'sec-fetch-site'?: string };
}

/** The parts of a response of Express that the forms use. */
export interface BrowserResponse {
  status(code: number): unknown;
  setHeader(name: string, value: string): unknown;
  redirect(status: number, path: string): void;
}
