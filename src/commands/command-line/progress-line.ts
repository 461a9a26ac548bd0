import { clearLine, cursorTo } from 'node:readline';

/** A progress bar on one line of the terminal. It prints nothing if standard error is not a terminal. */
export class ProgressLine {
  private readonly isWatched = process.stderr.isTTY;

  /** Shows the share of `done` in `whole`. */
  show(what: string, done: number, whole: number): void {
    if (!this.isWatched) return;
    const share = whole === 0 ? 1 : Math.min(done / whole, 1);
    const filled = Math.round(share * barWidth);
    const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled);
    this.clear();
    process.stderr.write(`${what} ${bar} ${Math.floor(share * 100)} %`);
  }

  /** Removes the line. */
  clear(): void {
    if (!this.isWatched) return;
    clearLine(process.stderr, 0);
    cursorTo(process.stderr, 0);
  }
}

const barWidth = 40;
