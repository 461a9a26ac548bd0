import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { readParameters } from './connection-parameters.js';
import type { Environment } from './environment.js';
import { InvalidConfigurationError } from './errors.js';
import type { ServerSettings } from './server-settings.js';

/**
 * Reads a section of the service file (PostgreSQL manual, "The Connection Service File"): that of the user,
 * else that of the machine.
 *
 * @throws InvalidConfigurationError when no file has the section, or the section has a parameter that is wrong
 */
export function readService(service: string, environment: Environment): ServerSettings {
  const { PGSERVICEFILE, PGSYSCONFDIR } = environment;
  const files = [PGSERVICEFILE ?? join(homedir(), '.pg_service.conf')];
  if (PGSYSCONFDIR !== undefined) files.push(join(PGSYSCONFDIR, 'pg_service.conf'));
  for (const file of files) {
    const section = sectionOf(file, service);
    if (section !== undefined)
      return readParameters(section, `the service "${service}" in ${file}`);
  }
  throw new InvalidConfigurationError([
    `the service "${service}" (PGSERVICE) is not in ${files.join(', nor in ')}; add a section [${service}], or correct the name.`,
  ]);
}

function sectionOf(file: string, service: string): [string, string][] | undefined {
  let found: [string, string][] | undefined;
  for (const line of linesOf(file)) {
    if (line.startsWith('[')) {
      if (found !== undefined) return found;
      if (line === `[${service}]`) found = [];
    } else if (found !== undefined && line !== '' && !line.startsWith('#')) {
      const at = line.indexOf('=');
      if (at !== -1) found.push([line.slice(0, at).trim(), line.slice(at + 1).trim()]);
    }
  }
  return found;
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.trim());
  } catch {
    return [];
  }
}
