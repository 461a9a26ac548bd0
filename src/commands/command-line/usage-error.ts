/** The words that were typed are not a call of a command. */
export class UsageError extends Error {
  constructor(problem: string) {
    super(`error: ${problem}`);
  }
}
