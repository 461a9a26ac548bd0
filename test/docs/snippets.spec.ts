import { readPages } from './pages.js';
import { SnippetCompiler } from './compiler.js';
import { snippetsOf } from './snippets.js';

// The generated reference shows signatures, which are no code.
const snippets = readPages()
  .filter(({ path }) => !path.startsWith('docs/api/'))
  .flatMap(snippetsOf);

// It parses and checks the package once.
let compiler: SnippetCompiler;
beforeAll(() => {
  compiler = new SnippetCompiler();
});

describe('the TypeScript in the documentation', () => {
  let problems: Map<string, string[]>;

  beforeAll(() => {
    problems = compiler.check(snippets);
  });

  it.each(snippets.map(({ title }) => title))('compiles: %s', (title) => {
    expect(problems.get(title)).toEqual([]);
  });
});

describe('the check of a snippet', () => {
  const check = (markdown: string) => {
    const [snippet, ...more] = snippetsOf({ path: 'page.md', text: markdown }).reverse();
    const found = compiler.check([snippet!, ...more]);
    return found.get(snippet!.title);
  };

  it('names the line of the page that does not compile', () => {
    const markdown = [
      'Text',
      '<!-- context: class A { constructor(private venues: VenueRepository) {} run() { … } } -->',
      '```ts',
      'const id = 1;',
      'this.venues.findByUrlNam(id);',
      '```',
    ].join('\n');
    expect(check(markdown)).toEqual([expect.stringMatching(/^page\.md:5: .*findByUrlNam/)]);
  });

  it('lets a block go on from the one above it', () => {
    const markdown = [
      '```ts\nconst venue = new Venue();\n```',
      'Text',
      '<!-- context: above -->',
      '```ts\nconst city: string = venue.city;\n```',
    ].join('\n');
    expect(check(markdown)).toEqual([]);
  });
});
