import { readFileSync } from 'node:fs';

/** A process, told from a later one that was given the same id. */
export interface ProcessIdentity {
  readonly processId: number;
  /** Absent where the system does not tell. */
  readonly startedAt?: string;
}

export function thisProcess(): ProcessIdentity {
  return { processId: process.pid, startedAt: startOf(process.pid) };
}

/**
 * Whether the process still runs. Its id alone does not say: in a container every start has the same few
 * ids, so that an application would take itself for the one that crashed before it.
 */
export function isAlive({ processId, startedAt }: ProcessIdentity): boolean {
  const found = startOf(processId);
  return answers(processId) && (found === undefined || found === startedAt);
}

function answers(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, but belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process started, in the kernel's ticks since boot: Linux has it in /proc, others nowhere. */
function startOf(processId: number): string | undefined {
  try {
    const status = readFileSync(`/proc/${processId}/stat`, 'utf8');
    // proc(5): the second field is a name in parentheses, which may hold anything; this is the 22nd.
    return status.slice(status.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
