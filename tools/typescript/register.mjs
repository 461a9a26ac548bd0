import { register } from 'node:module';

// Lets Node.js run TypeScript: `node --import ./tools/typescript/register.mjs file.ts`.
register('./hooks.mjs', import.meta.url);
process.setSourceMapsEnabled(true);
