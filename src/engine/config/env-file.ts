import { existsSync } from 'node:fs';
import { loadEnvFile as load } from 'node:process';

/** Reads `.env` of the working directory, if there is one. What is already set stays as it is. */
export function loadEnvFile(): void {
  if (existsSync('.env')) load('.env');
}
