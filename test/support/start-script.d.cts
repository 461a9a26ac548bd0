export interface RunningScript {
  readonly firstLine: string;
  readonly processId: number;
  /** Closes its standard input, and waits until it has ended. Returns the exit code, or null. */
  stop(): Promise<number | null>;
}

/**
 * Starts one of the TypeScript files of this folder in a process of its own, and waits for the first
 * line that it prints. Its standard input stays open for as long as it is needed: the script ends when
 * that closes, and so also when this process dies, however it dies.
 */
export function startScript(
  script: string,
  args: string[],
  options?: { env?: NodeJS.ProcessEnv },
): Promise<RunningScript>;
