import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { auditedOptionsOf } from '../../src/engine/decorators/audited.decorator.js';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import { afterUndoHookOf } from '../../src/engine/decorators/after-undo.decorator.js';
import { forwardOnlyOptionsOf } from '../../src/engine/decorators/forward-only.decorator.js';
import { isSensitive } from '../../src/engine/decorators/sensitive.decorator.js';
import { root } from '../docs/pages.js';

/** The decorators as a second copy of the package has them, such as the CommonJS one beside the ESM one. */
function otherCopy(): typeof import('@singr/database/decorators') {
  let copy: typeof import('@singr/database/decorators') | undefined;
  jest.isolateModules(() => {
    copy = jest.requireActual('@singr/database/decorators');
  });
  return copy!;
}

/** A column as TypeORM describes it: of an entity, by the class that declares it. */
const column = (entity: Function, propertyName: string, target = entity, embedded?: Function) =>
  ({
    entityMetadata: { target: entity },
    embeddedMetadata: embedded && { type: embedded },
    target,
    propertyName,
  }) as ColumnMetadata;

describe('the decorators of another copy of the package', () => {
  const { AfterUndo, Audited, ForwardOnly, Sensitive } = otherCopy();

  it('are seen by this one, with what they were told', () => {
    const hook = async () => {};
    @Audited({ harmless: ['tokenCount'] })
    @AfterUndo(hook)
    class Note {
      @Sensitive()
      shareToken!: string;

      @ForwardOnly({ counts: true })
      revision!: number;
    }
    expect(Audited).not.toBe(
      jest.requireActual<typeof import('@singr/database/decorators')>('@singr/database/decorators')
        .Audited,
    );
    expect(auditedOptionsOf(Note)).toEqual({ harmless: ['tokenCount'] });
    expect(isSensitive(column(Note, 'shareToken'))).toBe(true);
    expect(forwardOnlyOptionsOf(column(Note, 'revision'))).toEqual({ counts: true });
    expect(afterUndoHookOf(Note)).toBe(hook);
  });
});

describe('a class that extends another', () => {
  const { AfterUndo, Audited, ForwardOnly, Sensitive } = otherCopy();
  const hook = async () => {};

  @Audited()
  @AfterUndo(hook)
  class Person {
    @Sensitive()
    passwordHash!: string;
    lastSeen!: Date;
  }
  class Member extends Person {
    @Sensitive()
    inviteToken!: string;

    @ForwardOnly()
    declare lastSeen: Date;
  }

  it('has the secrets of that one, and keeps its own from it', () => {
    expect(isSensitive(column(Member, 'passwordHash', Person))).toBe(true);
    expect(isSensitive(column(Member, 'inviteToken'))).toBe(true);
    expect(isSensitive(column(Person, 'inviteToken'))).toBe(false);
  });

  it('says more of a column that is declared there', () => {
    expect(forwardOnlyOptionsOf(column(Member, 'lastSeen', Person))).toEqual({});
    expect(forwardOnlyOptionsOf(column(Person, 'lastSeen'))).toBeUndefined();
  });

  it('is audited as that one is, and has its hook', () => {
    expect(auditedOptionsOf(Member)).toEqual({ harmless: [] });
    expect(afterUndoHookOf(Member)).toBe(hook);
  });
});

it('an embedded class says what its columns are, and not those of the entity around', () => {
  const { ForwardOnly } = otherCopy();
  class Statistics {
    @ForwardOnly()
    plays!: number;
  }
  class Track {}
  expect(forwardOnlyOptionsOf(column(Track, 'plays', Statistics, Statistics))).toEqual({});
  expect(forwardOnlyOptionsOf(column(Track, 'plays'))).toBeUndefined();
});

it('what is no class, such as the name of an entity schema, says nothing', () => {
  expect(auditedOptionsOf('Note')).toBeUndefined();
  expect(afterUndoHookOf('Note')).toBeUndefined();
});

it('the entry point of the decorators loads nothing but them', () => {
  const imports = (file: string): string[] =>
    [
      ...readFileSync(join(root, file), 'utf8').matchAll(
        /^(?:im|ex)port (?!type)[^']* from '([^']+)'/gm,
      ),
    ].map(([, from]) => from!);
  const files = ['after-undo', 'audited', 'forward-only', 'sensitive'];
  expect(imports('src/decorators.ts')).toEqual(
    files.map((file) => `./engine/decorators/${file}.decorator.js`),
  );
  for (const file of files) {
    expect(imports(`src/engine/decorators/${file}.decorator.ts`)).toEqual(['./declarations.js']);
  }
  expect(imports('src/engine/decorators/declarations.ts')).toEqual([]);
});
