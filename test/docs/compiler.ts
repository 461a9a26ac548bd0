import { join } from 'node:path';
import ts from 'typescript';
import { root } from './pages.js';
import { freeNames, type Snippet } from './snippets.js';

/** The packages whose names need no import, the first that has a name before the others. */
const impliedPackages = [
  '@singr/database',
  '@singr/database/testing',
  '@singr/database/migrations',
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/typeorm',
  '@nestjs/terminus',
  'typeorm',
];

/** Compiles snippets in one program, in which the package itself is parsed and checked once. */
export class SnippetCompiler {
  private readonly options = compilerOptions();
  private readonly sources = new Map<string, string>();
  private readonly host = this.hostWithSources();
  private readonly exports: ReadonlyMap<string, string>;
  private program: ts.Program;

  constructor() {
    const entry = virtualFile('implied');
    this.sources.set(entry, impliedPackages.map((name) => `import '${name}';`).join('\n'));
    this.program = ts.createProgram([entry], this.options, this.host);
    this.exports = exportsOf(this.program, entry);
  }

  /** A snippet as a module: with imports of what it uses, on one line that comes first. */
  moduleOf({ source, isRun }: Snippet): string {
    const names = new Map<string, string[]>();
    for (const name of freeNames(source)) {
      const from = this.exports.get(name);
      if (from !== undefined) names.set(from, [...(names.get(from) ?? []), name]);
    }
    const imports = [...names].map(
      ([from, list]) => `import { ${list.join(', ')} } from '${from}';`,
    );
    const app = isRun ? `declare const app: import('@nestjs/common').INestApplicationContext;` : '';
    // Without imports of its own it would be a script, and share its names with all others.
    return `export {}; ${imports.join(' ')} ${app}\n${source}`;
  }

  /** What is wrong with each snippet, by its title, at lines of the page. */
  check(snippets: readonly Snippet[]): Map<string, string[]> {
    const files = snippets.map((snippet, index) => {
      const file = virtualFile(String(index));
      this.sources.set(file, this.moduleOf(snippet));
      return { file, snippet };
    });
    const names = files.map(({ file }) => file);
    this.program = ts.createProgram(names, this.options, this.host, this.program);
    return new Map(
      files.map(({ file, snippet }) => [snippet.title, this.problemsIn(file, snippet)]),
    );
  }

  private problemsIn(name: string, { line, linesAbove, page }: Snippet): string[] {
    const file = this.program.getSourceFile(name);
    return [
      ...this.program.getSyntacticDiagnostics(file),
      ...this.program.getSemanticDiagnostics(file),
    ].map(({ start = 0, messageText }) => {
      // One more line is above: the imports.
      const lineInBlock = file!.getLineAndCharacterOfPosition(start).line - linesAbove - 1;
      const place =
        lineInBlock < 0 ? `${page}, above line ${line}` : `${page}:${line + lineInBlock}`;
      return `${place}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
  }

  private hostWithSources(): ts.CompilerHost {
    const host = ts.createCompilerHost(this.options);
    const { fileExists, readFile, getSourceFile } = host;
    const parsed = new Map<string, ts.SourceFile>();
    host.fileExists = (name) => this.sources.has(name) || fileExists(name);
    host.readFile = (name) => this.sources.get(name) ?? readFile(name);
    host.getSourceFile = (name, settings, ...rest) => {
      const source = this.sources.get(name);
      // As for the host itself, a module of this repository is one in which `import` stays as it is.
      const file =
        source === undefined
          ? (parsed.get(name) ?? getSourceFile(name, settings, ...rest))
          : ts.createSourceFile(name, source, settings, true);
      if (file !== undefined && source === undefined) parsed.set(name, file);
      return file;
    };
    return host;
  }
}

/** The folder is the repository's own, so that packages are found as its files find them. */
function virtualFile(name: string): string {
  return join(root, 'test/docs', `snippet-${name}.virtual.mts`);
}

/** The repository's settings, but for style, and for what `strict` in an application does not ask. */
function compilerOptions(): ts.CompilerOptions {
  const path = join(root, 'tsconfig.json');
  const { config } = ts.readConfigFile(path, (name) => ts.sys.readFile(name)) as {
    config: unknown;
  };
  return {
    ...ts.parseJsonConfigFileContent(config, { ...ts.sys, readDirectory: () => [] }, root).options,
    types: ['node'],
    noEmit: true,
    isolatedModules: false,
    noUncheckedIndexedAccess: false,
    noUnusedLocals: false,
    noUnusedParameters: false,
  };
}

/** Each name that the implied packages export, and the first package that does. */
function exportsOf(program: ts.Program, entry: string): Map<string, string> {
  const checker = program.getTypeChecker();
  const packages = new Map<string, string>();
  for (const statement of program.getSourceFile(entry)!.statements) {
    const { moduleSpecifier } = statement as ts.ImportDeclaration;
    const symbol = checker.getSymbolAtLocation(moduleSpecifier);
    const { text: name } = moduleSpecifier as ts.StringLiteral;
    if (symbol === undefined) throw new Error(`${name} is not found`);
    for (const exported of checker.getExportsOfModule(symbol)) {
      if (!packages.has(exported.name)) packages.set(exported.name, name);
    }
  }
  return packages;
}
