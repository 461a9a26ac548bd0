import { SeedModule, SeedService } from '@singr/database';
import ts from 'typescript';
import { useDatabase } from '../support/database.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import { SnippetCompiler } from './compiler.js';
import { readPages } from './pages.js';
import { type Snippet, snippetsOf } from './snippets.js';

const pages = readPages().filter(({ path }) => path.startsWith('docs/domains/'));
const examples = readPages()
  .flatMap(snippetsOf)
  .filter(({ isRun }) => isRun);

const database = useDatabase();

describe('the examples in the documentation', () => {
  let app: TestApp;
  let compiler: SnippetCompiler;

  beforeAll(async () => {
    compiler = new SnippetCompiler();
    app = await createTestApp(database, { imports: [SeedModule] });
    await app.get(SeedService).run();
  });

  for (const example of examples) {
    it(`run: ${example.title}`, () => run(compiler.moduleOf(example), app, example));
  }

  it('fail when they are wrong about the database', async () => {
    const text = [
      '<!-- run -->',
      '```ts',
      "import assert from 'node:assert/strict';",
      'assert.equal(await app.get(VenueRepository).countBy({ city: "Atlantis" }), 1);',
      '```',
    ].join('\n');
    const [example] = snippetsOf({ path: 'page.md', text });
    const running = run(compiler.moduleOf(example!), app, example!);
    await expect(running).rejects.toThrow('0 !== 1');
  });
});

describe('the page of each domain', () => {
  const running = new Set(examples.map(({ page }) => page));

  it('has an example that is run', () => {
    expect(pages.filter(({ path }) => !running.has(path)).map(({ path }) => path)).toEqual([]);
  });
});

/** Runs a module in this process, in a function: CommonJS has no `await` outside of one. */
async function run(source: string, { nest }: TestApp, { title }: Snippet): Promise<void> {
  const { outputText } = ts.transpileModule(source, {
    fileName: 'snippet.ts',
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      esModuleInterop: true,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      useDefineForClassFields: false,
    },
  });
  const AsyncFunction = (async () => undefined).constructor as FunctionConstructor;
  const body = new AsyncFunction(
    'require',
    'exports',
    'app',
    `${outputText}\n//# sourceURL=${title}`,
  );
  await (body as (...args: unknown[]) => Promise<void>)(require, {}, nest);
}
