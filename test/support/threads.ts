/** How many worker threads this process has. */
export function countThreads(): number {
  return (process.report.getReport() as unknown as { workers: unknown[] }).workers.length;
}
