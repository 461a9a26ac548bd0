import { swcOptions } from './tools/typescript/swc-options.mjs';

/** @type {import('jest').Config} */
export default {
  // Jest runs CommonJS: Node 20 has no way to load ESM into its sandbox without a flag.
  transform: {
    '^.+\\.[jt]s$': ['@swc/jest', { ...swcOptions, module: { type: 'commonjs' } }],
  },
  // Packages that are published as ESM only, and so are compiled as the sources are.
  transformIgnorePatterns: [
    '/node_modules/(?!(@nestjs|nestjs-pino|wrap-ansi|string-width|strip-ansi|ansi-regex|ansi-styles|get-east-asian-width)/)',
  ],
  moduleNameMapper: {
    '^@singr/database$': '<rootDir>/src/index.ts',
    '^@singr/database/core$': '<rootDir>/src/core.ts',
    '^@singr/database/audit-page$': '<rootDir>/src/audit-page/index.ts',
    '^@singr/database/testing$': '<rootDir>/src/testing/index.ts',
    '^@singr/database/migrations$': '<rootDir>/migrations/index.ts',
    '^@singr/database/decorators$': '<rootDir>/src/decorators.ts',
    // Sources import each other by the name of the compiled file.
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  roots: ['<rootDir>/test', '<rootDir>/src'],
  testMatch: ['**/*.spec.ts', '**/*.e2e-spec.ts'],
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
  setupFilesAfterEnv: ['<rootDir>/test/support/setup-suite.ts'],
  // On the embedded engine each suite that is running has an engine of its own, of about 1 GB.
  maxWorkers: 2,
  testTimeout: 60_000,
};
