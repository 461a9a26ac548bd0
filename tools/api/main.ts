import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Application, type TypeDocOptions } from 'typedoc';
import type { PluginOptions } from 'typedoc-plugin-markdown';
import { filesIn, writeOrCheck } from '../generated-folder.js';
import { describePages } from './describe-pages.js';
import { dropUndocumentedConstructors } from './drop-undocumented-constructors.js';

/**
 * The API reference is Markdown, which reads where the repository is read, and is committed: it is small,
 * comes out the same on each run, and a change of the public API shows in the diff that makes it.
 */
const options: Partial<TypeDocOptions & PluginOptions> = {
  // A name is described on the page of the first entry point that exports it, and only there.
  entryPoints: ['src/core.ts', 'src/audit-page/index.ts', 'src/domains/*/index.ts', 'src/index.ts'],
  excludeReferences: true,
  tsconfig: 'tsconfig.build.json',
  plugin: ['typedoc-plugin-markdown'],
  name: 'API reference',
  readme: 'none',
  router: 'module',
  // Lines move with every change; the reference must not become stale by that.
  disableSources: true,
  // What TypeORM's and Node's own classes bring along is documented there.
  excludeExternals: true,
  excludePrivate: true,
  excludeInternal: true,
  hidePageHeader: true,
  hideBreadcrumbs: true,
  useCodeBlocks: true,
  expandParameters: true,
  indexFormat: 'table',
  parametersFormat: 'table',
  classPropertiesFormat: 'table',
  interfacePropertiesFormat: 'table',
  enumMembersFormat: 'table',
  // Seen in signatures, but nothing that an application would name.
  intentionallyNotExported: [
    'AttributionSubscriber',
    'changeable',
    'channelBindings',
    'ConnectionGate',
    'customerFields',
    'DatabaseQueryRunner',
    'hostOrders',
    'PostgresDataSourceOptions',
    'QueryLogger',
    'singerFields',
    'sslModes',
    'sslNegotiations',
    'targetSessionAttributes',
    'TlsOptions',
    'unattributedWritesPolicies',
  ],
  logLevel: 'Warn',
};

const application = await Application.bootstrapWithPlugins(options);
describePages(application);
dropUndocumentedConstructors(application);
const project = await application.convert();
if (project === undefined) throw new Error('TypeDoc finds no project; its messages are above.');
application.validate(project);
// Such as a link that leads nowhere, or a type in a signature that the package does not export.
if (application.logger.hasErrors() || application.logger.hasWarnings()) process.exitCode = 1;

const output = await mkdtemp(join(tmpdir(), 'singr-api-'));
try {
  application.options.setValue('outputs', [{ name: 'markdown', path: output }]);
  await application.generateOutputs(project);
  await writeOrCheck('docs/api', await filesIn(output), 'npm run docs:api');
} finally {
  await rm(output, { recursive: true });
}
