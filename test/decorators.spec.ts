import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { auditedOptionsOf } from '../src/common/audited.decorator.js';
import { sensitivePropertiesOf } from '../src/common/sensitive.decorator.js';
import { root } from './docs/pages.js';

/** The decorators as a second copy of the package has them, such as the CommonJS one beside the ESM one. */
function otherCopy(): typeof import('@singr/database/decorators') {
  let copy: typeof import('@singr/database/decorators') | undefined;
  jest.isolateModules(() => {
    copy = jest.requireActual('@singr/database/decorators');
  });
  return copy!;
}

describe('the decorators of another copy of the package', () => {
  const { Audited, Sensitive } = otherCopy();

  it('are seen by this one, with what they were told', () => {
    @Audited({ harmless: ['tokenCount'] })
    class Note {
      @Sensitive()
      shareToken!: string;
    }
    expect(Audited).not.toBe(
      jest.requireActual<typeof import('@singr/database/decorators')>('@singr/database/decorators')
        .Audited,
    );
    expect(auditedOptionsOf(Note)).toEqual({ harmless: ['tokenCount'] });
    expect([...sensitivePropertiesOf(Note)]).toEqual(['shareToken']);
  });
});

describe('a class that extends another', () => {
  const { Audited, Sensitive } = otherCopy();

  @Audited()
  class Person {
    @Sensitive()
    passwordHash!: string;
  }
  class Member extends Person {
    @Sensitive()
    inviteToken!: string;
  }

  it('has the secrets of that one, and keeps its own from it', () => {
    expect([...sensitivePropertiesOf(Member)].sort()).toEqual(['inviteToken', 'passwordHash']);
    expect([...sensitivePropertiesOf(Person)]).toEqual(['passwordHash']);
  });

  it('is audited as that one is', () => {
    expect(auditedOptionsOf(Person)).toEqual({ harmless: [] });
    expect(auditedOptionsOf(Member)).toEqual({ harmless: [] });
  });
});

it('what is no class, such as the name of an entity schema, says nothing', () => {
  expect(auditedOptionsOf('Note')).toBeUndefined();
  expect(sensitivePropertiesOf('Note').size).toBe(0);
});

it('the entry point of the decorators loads nothing but them', () => {
  const imports = (file: string): string[] =>
    [
      ...readFileSync(join(root, file), 'utf8').matchAll(
        /^(?:im|ex)port (?!type).* from '([^']+)'/gm,
      ),
    ].map(([, from]) => from!);
  expect(imports('src/decorators.ts')).toEqual([
    './common/audited.decorator.js',
    './common/sensitive.decorator.js',
  ]);
  for (const file of ['audited', 'sensitive']) {
    expect(imports(`src/common/${file}.decorator.ts`)).toEqual(['./lineage.js']);
  }
  expect(imports('src/common/lineage.ts')).toEqual([]);
});
