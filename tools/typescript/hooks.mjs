import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { compile } from './compile.mjs';

const root = new URL('../../', import.meta.url);
const { name, exports } = JSON.parse(await readFile(new URL('package.json', root), 'utf8'));

/** The source of an export of the package, which tests import by its name; undefined for other specifiers. */
function exported(specifier) {
  if (specifier !== name && !specifier.startsWith(`${name}/`)) return undefined;
  const compiled = exports[`.${specifier.slice(name.length)}`]?.default;
  const source = compiled?.replace('./dist/', './').replace(/\.js$/, '.ts');
  return source && new URL(source, root).href;
}

/** Sources import each other by the name of the compiled file. */
export async function resolve(specifier, context, next) {
  const url = exported(specifier);
  if (url !== undefined) return { url, shortCircuit: true };
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
