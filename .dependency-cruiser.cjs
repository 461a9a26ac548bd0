/** The import rules of this repository, each with its reason. Checked by `depcruise` in CI. */

const entity = '^src/(domains/[^/]+|engine/audit)/entities/';

/** The engine's folders, the lowest first: each may import those below it that are named, types included. */
const floors = [
  { name: 'driver', mayImport: [] },
  { name: 'decorators', mayImport: [] },
  { name: 'config', mayImport: [] },
  { name: 'embedded', mayImport: [] },
  { name: 'actor', mayImport: ['driver'] },
  { name: 'telemetry', mayImport: ['driver', 'config'] },
  { name: 'connection', mayImport: ['driver', 'config', 'embedded', 'actor', 'telemetry'] },
  { name: 'transaction', mayImport: ['driver', 'config', 'actor', 'telemetry', 'connection'] },
  { name: 'idempotency', mayImport: ['actor', 'transaction'] },
  {
    name: 'audit',
    mayImport: ['decorators', 'config', 'actor', 'connection', 'transaction', 'idempotency'],
  },
  { name: 'schema', mayImport: ['decorators', 'config', 'connection', 'transaction', 'audit'] },
  { name: 'maintenance', mayImport: ['config', 'actor', 'connection', 'transaction', 'audit'] },
];

/**
 * A domain may import the domains before it, and never one that comes later: else no domain could be
 * understood, tested or moved by itself. Entities are one graph, as the schema is, and stand outside this.
 */
const domains = [
  { name: 'identity', mayImport: [] },
  { name: 'billing', mayImport: ['identity'] },
  { name: 'keys', mayImport: [] },
  { name: 'organizations', mayImport: ['identity', 'billing', 'keys'] },
  { name: 'songs', mayImport: ['identity', 'billing', 'organizations'] },
  { name: 'venues', mayImport: ['identity', 'billing', 'organizations', 'songs'] },
  { name: 'branding', mayImport: ['identity', 'billing', 'keys', 'organizations'] },
  {
    name: 'requests',
    mayImport: ['identity', 'billing', 'organizations', 'venues', 'songs', 'branding'],
  },
];

const names = domains.map(({ name }) => name);

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'engine-knows-no-domain',
      comment: 'The engine serves any application: it must work without one table of Singr’s.',
      severity: 'error',
      from: { path: '^src/engine/' },
      to: {
        path: '^(src|migrations|seeds)/',
        pathNot: '^(src/engine|migrations/core)/|^migrations/schema-file\\.ts$',
      },
    },
    ...floors.map(({ name, mayImport }) => ({
      name: `engine-${name}-knows-its-floor`,
      comment: `The engine has floors: ${name} may import ${[...mayImport, 'common'].join(', ')}.`,
      severity: 'error',
      from: { path: `^src/engine/${name}/` },
      to: {
        path: '^src/engine/',
        pathNot: `^src/engine/(${[name, ...mayImport, 'common'].join('|')})/`,
      },
    })),
    ...domains.map(({ name, mayImport }) => ({
      name: `${name}-knows-its-place`,
      comment: `Domains depend one way: ${name} may import ${[...mayImport, 'what has no domain'].join(', ')}.`,
      severity: 'error',
      from: { path: `^src/domains/${name}/`, pathNot: entity },
      to: {
        path: `^src/domains/(${names.filter((other) => other !== name && !mayImport.includes(other)).join('|')})/`,
        // Repositories and services speak of other domains' rows by their entities.
        pathNot: entity,
      },
    })),
    {
      name: 'no-domain-knows-audit',
      comment: 'Triggers write the trail. A domain that knew it could come to depend on it.',
      severity: 'error',
      from: { path: `^src/domains/(${names.join('|')})/` },
      to: { path: '^src/engine/audit/' },
    },
    {
      name: 'common-knows-nothing',
      comment:
        'What everything imports must import nothing of it, or every change touches everything.',
      severity: 'error',
      from: { path: '^src/engine/common/' },
      to: { path: '^src/', pathNot: '^src/engine/common/' },
    },
    {
      name: 'domains-common-knows-no-domain',
      comment: 'What several domains use must not depend on one of them.',
      severity: 'error',
      from: { path: '^src/domains/common/' },
      to: { path: '^src/domains/', pathNot: '^src/domains/common/' },
    },
    {
      name: 'entities-know-entities',
      comment:
        'An entity describes a table. It may name other tables, and columns; it does nothing.',
      severity: 'error',
      from: { path: entity },
      to: {
        path: '^(src|migrations|seeds)/',
        pathNot: `${entity}|^src/(engine|domains)/(common|decorators)/`,
      },
    },
    {
      name: 'one-public-door',
      comment:
        'Examples are written as an application is, which has the package and not its files.',
      severity: 'error',
      from: { path: '^examples/' },
      to: { path: '^(src|migrations|seeds|test)/', pathNot: '^src/(audit-page/)?index\\.ts$' },
    },
    {
      name: 'nothing-inside-uses-the-door',
      comment:
        'Inside, import the file that owns a name: through the index, everything would depend on everything.',
      severity: 'error',
      from: { path: '^(src|migrations|seeds)/' },
      to: { path: '^src/index\\.ts$' },
    },
    {
      name: 'src-stands-alone',
      comment:
        'Seeds, tests and examples are built on the package. Its commands and test databases run the seeds, and its door shows them; the rest works without.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(commands/|testing/|index\\.ts$)' },
      to: { path: '^(seeds|test|examples|tools|ormconfig)' },
    },
    {
      name: 'nothing-needs-testing',
      comment: 'What an application’s tests use is loaded by them alone.',
      severity: 'error',
      from: { path: '^(src|migrations|seeds|examples)/', pathNot: '^src/testing/' },
      to: { path: '^src/testing/' },
    },
    {
      name: 'nothing-needs-a-run-on-demand',
      comment: 'What is started by hand is built on the suites’ support, and runs in no suite.',
      severity: 'error',
      from: { pathNot: '^test/on-demand/' },
      to: { path: '^test/on-demand/' },
    },
    {
      name: 'migrations-are-frozen',
      comment:
        'A migration says what the schema was when it was written: code that changes later must not change it.',
      severity: 'error',
      from: { path: '^migrations/(core/)?\\d' },
      to: { path: '^(src|seeds)/' },
    },
    {
      name: 'engine-in-its-worker-only',
      comment:
        'The embedded engine is optional and weighs a gigabyte of memory: it is loaded in its own thread, and never otherwise.',
      severity: 'error',
      from: {
        path: '^(src|migrations|seeds|examples)/',
        pathNot: '^src/engine/embedded/engine\\.worker\\.ts$',
      },
      to: { path: '@electric-sql/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-circles',
      comment:
        'Modules in a circle are loaded in an order that nobody chose. Entities refer to each other by arrow functions, which are called later.',
      severity: 'error',
      from: { pathNot: entity },
      to: {
        circular: true,
        dependencyTypesNot: ['type-only'],
        viaOnly: { dependencyTypesNot: ['type-only'] },
      },
    },
    {
      name: 'no-circles-of-folders',
      comment:
        'Folders depend one way, types included: each can be understood with those below it alone. Entities refer to each other, as tables do.',
      severity: 'error',
      scope: 'folder',
      from: {
        path: '^(src|migrations|seeds)/',
        pathNot: '^src/(domains/[^/]+|engine/audit)/entities$',
      },
      to: { circular: true },
    },
    {
      name: 'declared-dependencies-only',
      comment: 'What is not in package.json is there by accident, and gone the same way.',
      severity: 'error',
      from: { path: '^(src|migrations|seeds)/' },
      // Optional peers are not told apart from undeclared packages.
      to: {
        dependencyTypes: ['npm-no-pkg', 'npm-unknown'],
        pathNot: '@(electric-sql|testcontainers|opentelemetry)/',
      },
    },
    {
      name: 'nothing-that-users-lack',
      comment:
        'Development dependencies are not there where the package is installed. What is optional is imported dynamically, and done without when it is missing.',
      severity: 'error',
      from: { path: '^(src|migrations|seeds)/' },
      to: {
        dynamic: false,
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['npm', 'npm-peer', 'npm-optional', 'type-only'],
      },
    },
    {
      name: 'not-resolvable',
      comment: 'The import leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
