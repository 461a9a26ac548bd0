import { existsSync } from 'node:fs';
import { loadEnvFile as load } from 'node:process';

/**
 * Loads `.env` from the working directory, if it exists. Variables that are already set keep their values.
 */
export function loadEnvFile(): void {
  if (existsSync('.env')) load('.env');
}
