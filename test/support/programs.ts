import { spawnSync } from 'node:child_process';

/** Whether a program answers to `--version`. */
export function isInstalled(program: string): boolean {
  return isThere(program, spawnSync(program, ['--version']).status === 0);
}

/**
 * Whether something is there that some tests need, and are skipped without. Before a merge it has to be:
 * what is skipped in `.ci/run` is tested nowhere.
 */
export function isThere(name: string, found: boolean): boolean {
  if (!found && process.env.CI) {
    throw new Error(`${name} is missing, and CI skips nothing that needs it: .ci/run installs it`);
  }
  return found;
}
