import { clearLine, cursorTo } from 'node:readline';

/** How far something has come, on one line of the terminal; nothing where nobody watches. */
export class ProgressLine {
  private readonly isWatched = process.stderr.isTTY;

  /** Shows how much of the whole is done. */
  show(what: string, done: number, whole: number): void {
    if (!this.isWatched) return;
    const share = whole === 0 ? 1 : Math.min(done / whole, 1);
    const filled = Math.round(share * barWidth);
    const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled);
    this.clear();
    process.stderr.write(`${what} ${bar} ${Math.floor(share * 100)} %`);
  }

  /** Takes the line away. */
  clear(): void {
    if (!this.isWatched) return;
    clearLine(process.stderr, 0);
    cursorTo(process.stderr, 0);
  }
}

const barWidth = 40;
