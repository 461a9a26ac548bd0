/** The path to return to: one of this server, whatever the address asks for. */
export function localPath(path: unknown): string {
  const isLocal = typeof path === 'string' && /^\/(?![/\\])[!-[\]-~]*$/.test(path);
  return isLocal ? path : '/audit';
}
