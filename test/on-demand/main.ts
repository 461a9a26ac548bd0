import { existsSync, readdirSync } from 'node:fs';

/**
 * Starts a run that is too long, or needs too much, for every change: `npm run on-demand -- NAME [OPTIONS]`. Each
 * folder beside this file is one, and its `main.ts` says what it does.
 */
const mainOf = (name: string) => new URL(`./${name}/main.ts`, import.meta.url);
const names = readdirSync(new URL('.', import.meta.url)).filter((name) => existsSync(mainOf(name)));
const [name] = process.argv.splice(2, 1);
if (name === undefined || !names.includes(name)) {
  console.error(`Name one of these runs: ${names.join(', ')}.`);
  process.exitCode = 2;
} else {
  await import(mainOf(name).href);
}
