import ts from 'typescript';
import { blocksOf, type Page } from './pages.js';

/**
 * The TypeScript of the documentation, and what stands around it unseen.
 *
 * Every `ts` block is compiled as a module, under the settings of the repository. Three things keep a
 * block short:
 *
 * - Names that this package, Nest and TypeORM export need no import, though they may have one.
 * - `<!-- context: … -->` above a block is the code around it. Where the comment has a `…` the block is
 *   put in its place, else the block comes after it:
 *
 *       <!-- context: class Rename { constructor(private venues: VenueRepository) {} async run() { … } } -->
 *
 * - `<!-- context: above -->` puts the block after the one above it on the page, whatever that stands in.
 *
 * `<!-- file: … -->` above a block makes it a file, which the test of the page puts there: it is no snippet.
 *
 * `<!-- run -->` above a block has it run as well, on a seeded database. It then has `app`, the
 * application's context, which gives it the providers: `app.get(VenueRepository)`. A block that says
 * nothing wrong but is not code, such as the shape of a file, is `text` and not `ts`.
 */
export interface Snippet {
  /** Where it is, as `docs/auditing.md:12`. */
  readonly title: string;
  readonly page: string;
  /** The line of the page on which the block begins. */
  readonly line: number;
  /** The block with what stands around it; the imports are still to come. */
  readonly source: string;
  /** How many lines of `source` are above the block. */
  readonly linesAbove: number;
  readonly isRun: boolean;
}

const placeholder = '…';

export function snippetsOf(page: Page): Snippet[] {
  const snippets: Snippet[] = [];
  for (const { language, code, line, comments } of blocksOf(page)) {
    if (language !== 'ts' || comments.some((comment) => comment.startsWith('file:'))) continue;
    const [before, after] = around(comments, snippets.at(-1));
    snippets.push({
      title: `${page.path}:${line}`,
      page: page.path,
      line,
      source: `${before}\n${code}${after}`,
      linesAbove: before.split('\n').length,
      isRun: comments.includes('run'),
    });
  }
  return snippets;
}

function around(comments: readonly string[], previous?: Snippet): [before: string, after: string] {
  let before = '';
  let after = '';
  for (const comment of comments) {
    const context = /^context:([^]*)$/.exec(comment)?.[1]?.trim();
    if (context === undefined) continue;
    if (context === 'above') {
      before += previous?.source ?? '';
      continue;
    }
    const [head = '', ...tail] = context.split(placeholder);
    before += head;
    after += tail.join(placeholder);
  }
  return [before, after];
}

/** The names that a piece of code uses and does not itself declare or import on its outermost level. */
export function freeNames(source: string): Set<string> {
  const file = ts.createSourceFile('snippet.ts', source, ts.ScriptTarget.Latest);
  const used = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) used.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  for (const name of file.statements.flatMap(declaredNames)) used.delete(name);
  return used;
}

function declaredNames(statement: ts.Statement): string[] {
  if (ts.isImportDeclaration(statement)) {
    const { name, namedBindings } = statement.importClause ?? {};
    const bindings =
      namedBindings === undefined
        ? []
        : ts.isNamedImports(namedBindings)
          ? namedBindings.elements.map((element) => element.name.text)
          : [namedBindings.name.text];
    return name === undefined ? bindings : [name.text, ...bindings];
  }
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }) => boundNames(name));
  }
  const { name } = statement as ts.DeclarationStatement;
  return name !== undefined && ts.isIdentifier(name) ? [name.text] : [];
}

function boundNames(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) =>
    ts.isOmittedExpression(element) ? [] : boundNames(element.name),
  );
}
