import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { compile } from './compile.mjs';

/** Sources import each other by the name of the compiled file. */
export async function resolve(specifier, context, next) {
  if (specifier.startsWith('.') && specifier.endsWith('.js')) {
    const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
    if (existsSync(source)) return { url: source.href, shortCircuit: true };
  }
  return next(specifier, context);
}

export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const source = await compile(await readFile(new URL(url), 'utf8'), url);
  return { format: 'module', source, shortCircuit: true };
}
