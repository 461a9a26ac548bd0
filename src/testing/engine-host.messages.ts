/** What a test process asks of the process with the engines: one line of JSON each. */
export type HostRequest =
  | { readonly kind: 'start'; readonly snapshot?: string }
  | { readonly kind: 'snapshot'; readonly file: string };

export type HostAnswer =
  | { readonly kind: 'started'; readonly host: string; readonly port: number }
  | { readonly kind: 'written' }
  | { readonly kind: 'failed'; readonly message: string };
