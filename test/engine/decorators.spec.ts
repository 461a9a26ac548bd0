import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { auditedOptionsOf } from '../../src/engine/decorators/audited.decorator.js';
import type { EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import { afterUndoHookOf } from '../../src/engine/decorators/after-undo.decorator.js';
import { forwardOnlyOptionsOf } from '../../src/engine/decorators/forward-only.decorator.js';
import { incidentalColumnsOf } from '../../src/engine/decorators/incidental.decorator.js';
import {
  personalColumnsOf,
  personalRecordOptionsOf,
  personOptionsOf,
} from '../../src/engine/decorators/personal.decorator.js';
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

/** An entity as TypeORM describes it, by its properties, each a column of its name. */
const entity = (type: Function, ...properties: string[]) =>
  ({
    columns: properties.map((name) => ({ ...column(type, name), databaseName: name })),
  }) as EntityMetadata;

/** A column as TypeORM describes it: of an entity, by the class that declares it. */
const column = (entity: Function, propertyName: string, target = entity, embedded?: Function) =>
  ({
    entityMetadata: { target: entity },
    embeddedMetadata: embedded && { type: embedded },
    target,
    propertyName,
  }) as ColumnMetadata;

describe('the decorators of another copy of the package', () => {
  const {
    AfterUndo,
    Audited,
    ForwardOnly,
    Incidental,
    Person,
    Personal,
    PersonalRecord,
    Sensitive,
  } = otherCopy();

  it('are seen by this one, with what they were told', () => {
    const hook = async () => {};
    @Audited({ harmless: ['tokenCount'] })
    @AfterUndo(hook)
    @Person({ names: { address: `image->>'address'` } })
    @PersonalRecord({ of: ['author'] })
    class Note {
      @Personal()
      text!: string;

      @Sensitive()
      shareToken!: string;

      @ForwardOnly({ counts: true })
      revision!: number;

      @Incidental()
      lastRead!: Date;
    }
    expect(Audited).not.toBe(
      jest.requireActual<typeof import('@singr/database/decorators')>('@singr/database/decorators')
        .Audited,
    );
    expect(auditedOptionsOf(Note)).toEqual({ harmless: ['tokenCount'] });
    expect(isSensitive(column(Note, 'shareToken'))).toBe(true);
    expect(forwardOnlyOptionsOf(column(Note, 'revision'))).toEqual({ counts: true });
    expect(incidentalColumnsOf(entity(Note, 'text', 'lastRead'))).toEqual(['lastRead']);
    expect(afterUndoHookOf(Note)).toBe(hook);
    expect(personalColumnsOf(entity(Note, 'text', 'shareToken'))).toEqual(['text']);
    expect(personOptionsOf(Note)).toEqual({ names: { address: `image->>'address'` } });
    expect(personalRecordOptionsOf(Note)).toEqual({ of: ['author'] });
  });
});

describe('a class that extends another', () => {
  const { AfterUndo, Audited, ForwardOnly, Person, Personal, Sensitive } = otherCopy();
  const hook = async () => {};

  @Audited()
  @AfterUndo(hook)
  @Person()
  class Guest {
    @Personal()
    name!: string;

    @Sensitive()
    passwordHash!: string;
    lastSeen!: Date;
  }
  class Member extends Guest {
    @Sensitive()
    inviteToken!: string;

    @ForwardOnly()
    declare lastSeen: Date;
  }

  it('has the secrets of that one, and keeps its own from it', () => {
    expect(isSensitive(column(Member, 'passwordHash', Guest))).toBe(true);
    expect(isSensitive(column(Member, 'inviteToken'))).toBe(true);
    expect(isSensitive(column(Guest, 'inviteToken'))).toBe(false);
  });

  it('says more of a column that is declared there', () => {
    expect(forwardOnlyOptionsOf(column(Member, 'lastSeen', Guest))).toEqual({});
    expect(forwardOnlyOptionsOf(column(Guest, 'lastSeen'))).toBeUndefined();
  });

  it('is a person where that one is, and as personal', () => {
    expect(personOptionsOf(Member)).toEqual({});
    expect(personalColumnsOf(entity(Member, 'name', 'inviteToken'))).toEqual(['name']);
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
  expect(personOptionsOf('Note')).toBeUndefined();
  expect(personalRecordOptionsOf('Note')).toBeUndefined();
});

it('the entry point of the decorators loads nothing but them', () => {
  const imports = (file: string): string[] =>
    [
      ...readFileSync(join(root, file), 'utf8').matchAll(
        /^(?:im|ex)port (?!type)[^;]* from '([^']+)'/gm,
      ),
    ].map(([, from]) => from!);
  const files = [
    'after-undo',
    'audit-label',
    'audited',
    'forward-only',
    'incidental',
    'personal',
    'sensitive',
    'tenant',
  ];
  expect(imports('src/decorators.ts')).toEqual(
    files.map((file) => `./engine/decorators/${file}.decorator.js`),
  );
  for (const file of files) {
    expect(imports(`src/engine/decorators/${file}.decorator.ts`)).toEqual(['./declarations.js']);
  }
  expect(imports('src/engine/decorators/declarations.ts')).toEqual([]);
});
