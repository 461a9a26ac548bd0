import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { openSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A program that runs in the background, with its output in a file. */
export class Program {
  private readonly child: ChildProcess;

  constructor(command: readonly string[], logFile: string, env: NodeJS.ProcessEnv = {}) {
    const log = openSync(logFile, 'a');
    const [file, ...parameters] = command;
    this.child = spawn(file!, parameters, {
      stdio: ['ignore', log, log],
      env: { ...process.env, ...env },
    });
  }

  get pid(): number {
    return this.child.pid!;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const stopped = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await Promise.race([stopped, sleep(5000, undefined, { ref: false })]);
    this.child.kill('SIGKILL');
  }
}

/** The ids of the descendants of a process, itself first. */
export function treeOf(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const parent = parentOf(entry);
    if (parent !== undefined)
      children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const tree = [pid];
  for (const one of tree) tree.push(...(children.get(one) ?? []));
  return tree;
}

/** Sends a signal to processes. Some may have ended meanwhile. */
export function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** Runs a program to its end, and returns its output. */
export function run(...command: string[]): string {
  const [file, ...parameters] = command;
  return execFileSync(file!, parameters, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Waits until `condition` holds. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  patienceMs = 60_000,
): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!(await Promise.resolve(condition()).catch(() => false))) {
    if (performance.now() > end) throw new Error(`not within ${patienceMs / 1000} s: ${what}`);
    await sleep(20);
  }
}

function parentOf(pid: string): number | undefined {
  try {
    // The name of the program, in parentheses, may have spaces.
    const [, ...fields] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
    return Number(fields.join(') ').split(' ')[1]);
  } catch {
    return undefined;
  }
}
