import { build } from 'esbuild';

// tsc comes first: esbuild writes no decorator metadata, which Nest's injection reads.
await build({
  entryPoints: ['build/src/main.js'],
  outfile: 'dist/main.js',
  bundle: true,
  minify: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: true,
  // CommonJS in the bundle calls these.
  banner: {
    js: [
      `import { createRequire } from 'node:module';`,
      `import { dirname as __dirnameOf } from 'node:path';`,
      `const require = createRequire(import.meta.url);`,
      `const __filename = import.meta.filename, __dirname = __dirnameOf(__filename);`,
    ].join(' '),
  },
  plugins: [optional()],
  // Native, and what is loaded from its own files.
  external: ['argon2', '@electric-sql/*'],
});

/** What Nest and TypeORM load if it is there, and is not, stays a `require` that may fail. */
function optional() {
  return {
    name: 'optional',
    setup({ onResolve, resolve }) {
      onResolve({ filter: /^[^./]/ }, async ({ path, pluginData, ...rest }) => {
        if (pluginData === 'asked') return undefined;
        const found = await resolve(path, { ...rest, pluginData: 'asked' });
        return found.errors.length > 0 ? { path, external: true } : found;
      });
    },
  };
}
