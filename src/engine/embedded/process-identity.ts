import { readFileSync } from 'node:fs';

/** Identifies a process, also when a later process gets the same id. */
export interface ProcessIdentity {
  readonly processId: number;
  /** Absent where the system has no start time. */
  readonly startedAt?: string;
}

export function thisProcess(): ProcessIdentity {
  return { processId: process.pid, startedAt: startOf(process.pid) };
}

/**
 * Whether the process still runs. The id alone is not enough: in a container each start has the same few ids,
 * so an application would mistake itself for the one that crashed before.
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
    // EPERM: the process runs, and belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The start time of a process in ticks since boot. Only Linux has it, in /proc. */
function startOf(processId: number): string | undefined {
  try {
    const status = readFileSync(`/proc/${processId}/stat`, 'utf8');
    // proc(5): the second field is a name in parentheses, which may hold anything; this is the 22nd.
    return status.slice(status.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
