import type { DatabaseDataSource } from '@singr/database';
import type { EntityTarget, FindOptionsRelations, ObjectLiteral } from 'typeorm';
import { AuditService } from '@singr/database';
import { isEmbedded, useDatabase } from '../../support/database.js';
import { failure } from '../../support/scripted-app.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';
import { graphEntities, GraphTables1790000000000, Item, Owner, Tag } from './graph-tables.js';
import { Dice } from './random-values.js';

/** What is asked for, with each kind of relation, nested. */
const questions: [EntityTarget<ObjectLiteral>, FindOptionsRelations<any>][] = [
  [Owner, { badge: true, items: { tags: true, parts: { label: true } } }],
  [Item, { owner: { badge: true, items: true }, tags: { items: { owner: true } }, parts: true }],
  [Tag, { items: { owner: true } }],
];

const ids = [1, 2, 3, 4];
const tagIds = ids.map((id) => `00000000-0000-4000-8000-00000000000${id}`);
const keysOf = (entity: EntityTarget<ObjectLiteral>) => (entity === Tag ? tagIds : ids.map(String));

describe('a record with its relations as it was', () => {
  const database = useDatabase();
  let app: TestApp;
  let dataSource: DatabaseDataSource;
  let audit: AuditService;

  beforeAll(async () => {
    app = await createTestApp(database, {
      databaseOptions: {
        entities: graphEntities,
        migrations: [GraphTables1790000000000],
        migrate: true,
      },
    });
    dataSource = app.dataSource;
    audit = app.get(AuditService);
  });

  const now = async (): Promise<string> => {
    // The embedded engine's clock counts milliseconds.
    const wait = isEmbedded ? 'pg_sleep(0.004), ' : '';
    const tick = async () => {
      const [{ now: time }] = await dataSource.query(
        `SELECT ${wait}to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS now`,
      );
      return time as string;
    };
    const time = await tick();
    await tick();
    return time;
  };

  const find = async (
    entity: EntityTarget<ObjectLiteral>,
    id: string,
    relations: FindOptionsRelations<any>,
    withDeleted = false,
  ) =>
    sorted(
      await dataSource.getRepository(entity).findOne({
        where: { id },
        relations,
        withDeleted,
      }),
    );

  /** One random change, which may fail, as when a key is there already. */
  async function change(dice: Dice): Promise<void> {
    const [id, other] = [dice.pick(ids), dice.pick(ids)];
    const tag = dice.pick(tagIds);
    const text = `t${dice.below(1000)}`;
    const statements = [
      [`INSERT INTO graph_owners VALUES (${id}, '${text}')`],
      [`UPDATE graph_owners SET name = '${text}' WHERE id = ${id}`],
      [
        `UPDATE graph_owners SET deleted_at = CASE WHEN deleted_at IS NULL THEN now() END WHERE id = ${id}`,
      ],
      [`DELETE FROM graph_owners WHERE id = ${id}`],
      [`INSERT INTO graph_badges VALUES (${id}, '${text}', ${other})`],
      [`UPDATE graph_badges SET owner_id = ${other} WHERE id = ${id}`],
      [`DELETE FROM graph_badges WHERE id = ${id}`],
      [`INSERT INTO graph_items VALUES (${id}, '${text}', ${other})`],
      [`INSERT INTO graph_items VALUES (${id}, '${text}')`],
      [`UPDATE graph_items SET owner_id = ${other}, title = '${text}' WHERE id = ${id}`],
      [
        `UPDATE graph_items SET deleted_at = CASE WHEN deleted_at IS NULL THEN now() END WHERE id = ${id}`,
      ],
      [`UPDATE graph_items SET id = ${other} WHERE id = ${id}`],
      [`DELETE FROM graph_items WHERE id = ${id}`],
      [`INSERT INTO graph_tags VALUES ('${tag}', '${text}')`],
      [`UPDATE graph_tags SET name = '${text}' WHERE id = '${tag}'`],
      [`DELETE FROM graph_tags WHERE id = '${tag}'`],
      [`INSERT INTO graph_item_tags VALUES (${id}, '${tag}')`],
      [
        `INSERT INTO graph_item_tags SELECT i.id, t.id FROM graph_items i, graph_tags t ON CONFLICT DO NOTHING`,
      ],
      [`UPDATE graph_item_tags SET item_id = ${other} WHERE item_id = ${id}`],
      [`DELETE FROM graph_item_tags WHERE item_id = ${id} AND tag_id = '${tag}'`],
      [
        `INSERT INTO graph_parts VALUES (${dice.below(3)}, ${id}, ${dice.below(100)}, (SELECT name FROM graph_tags LIMIT 1))`,
      ],
      [`UPDATE graph_parts SET price = price + 1.5, item_id = ${other} WHERE item_id = ${id}`],
      [`DELETE FROM graph_parts WHERE number = ${dice.below(3)}`],
      ['TRUNCATE graph_parts'],
      ['TRUNCATE graph_item_tags'],
    ];
    const [statement] = dice.pick(statements);
    await dataSource.query(statement!).catch(() => undefined);
  }

  it.each(isEmbedded ? [1] : [1, 2])(
    'is what find() with relations gave then, in a random history (seed %i)',
    async (seed) => {
      const dice = new Dice(seed);
      const moments: { at: string; found: unknown[] }[] = [];
      for (let moment = 0; moment < 8; moment++) {
        for (let step = 0; step < 15; step++) await change(dice);
        const found: unknown[] = [];
        for (const [entity, relations] of questions) {
          for (const id of keysOf(entity)) found.push(await find(entity, id, relations));
        }
        moments.push({ at: await now(), found });
      }
      let rows = 0;
      for (const { at, found } of moments) {
        const then: unknown[] = [];
        for (const [entity, relations] of questions) {
          for (const id of keysOf(entity)) {
            const record = await audit.asOf(entity, id, at, { relations });
            // find() leaves out a record that was soft-deleted; asOf() returns it.
            const isDeleted = (record as { deletedAt?: Date | null } | null)?.deletedAt != null;
            then.push(isDeleted ? null : sorted(record));
          }
        }
        expect({ at, then }).toEqual({ at, then: found });
        rows += JSON.stringify(found).length;
      }
      expect(rows).toBeGreaterThan(2000);
    },
  );

  describe('in a small history', () => {
    let before: string;
    let between: string;

    beforeAll(async () => {
      await dataSource.query(
        'TRUNCATE graph_parts, graph_item_tags, graph_tags, graph_items, graph_badges, graph_owners',
      );
      await dataSource.query(`INSERT INTO graph_owners VALUES (1, 'Ann'), (2, 'Bob')`);
      await dataSource.query(`INSERT INTO graph_items VALUES (1, 'first', 1), (2, 'second', 1)`);
      before = await now();
      await dataSource.query(`UPDATE graph_items SET owner_id = 2, title = 'moved' WHERE id = 1`);
      await dataSource.query(`UPDATE graph_items SET deleted_at = now() WHERE id = 2`);
      between = await now();
      await dataSource.query(`DELETE FROM graph_items`);
      await dataSource.query(`DELETE FROM graph_owners WHERE id = 1`);
    });

    const itemsOf = async (id: string, at: string, withDeleted = false) => {
      const owner = await audit.asOf(Owner, id, at, { relations: { items: true }, withDeleted });
      return owner?.items.map(({ title }) => title).sort();
    };

    it('has rows that moved to another parent, or were deleted, where they were', async () => {
      expect(await itemsOf('1', before)).toEqual(['first', 'second']);
      expect(await itemsOf('1', between)).toEqual([]);
      expect(await itemsOf('2', before)).toEqual([]);
      expect(await itemsOf('2', between)).toEqual(['moved']);
      expect(await itemsOf('1', await now())).toBeUndefined();
    });

    it('has soft-deleted rows with withDeleted alone', async () => {
      expect(await itemsOf('1', between, true)).toEqual(['second']);
    });

    it('has a parent that was deleted since', async () => {
      const item = await audit.asOf(Item, '2', before, { relations: { owner: true } });
      expect(item!.owner).toBeInstanceOf(Owner);
      expect(item!.owner!.name).toBe('Ann');
    });

    it('is read in one statement', async () => {
      const queries: string[] = [];
      const read = jest.spyOn(dataSource, 'read').mockImplementation(async function (
        this: unknown,
        sql: string,
        parameters?: unknown[],
      ) {
        queries.push(sql);
        return dataSource.query(sql, parameters);
      } as never);
      await audit.asOf(Owner, '1', before, { relations: { items: { tags: true } } });
      read.mockRestore();
      expect(queries.filter((sql) => sql.includes('part_'))).toHaveLength(1);
    });

    it('with no relation is the record alone', async () => {
      const owner = await audit.asOf(Owner, '1', before, { relations: {} });
      expect(owner).toEqual(await audit.asOf(Owner, '1', before));
    });

    it('is refused for a table that is not audited, and for what is no relation', async () => {
      const wrong = { relations: { itemz: true } } as never;
      expect((await failure(audit.asOf(Owner, '1', before, wrong))).message).toContain('itemz');
      await dataSource.query(`SELECT audit.detach('graph_badges')`);
      const error = await failure(audit.asOf(Owner, '1', before, { relations: { badge: true } }));
      expect(error).toMatchObject({ code: 'TABLE_NOT_AUDITED' });
      await dataSource.query(`SELECT audit.attach('graph_badges')`);
    });

    it('is refused when the entries of a relation were pruned', async () => {
      await dataSource.query(
        `SELECT audit.prune('graph_items', (SELECT max(created_at) FROM audit_logs), 1000)`,
      );
      const error = await failure(audit.asOf(Owner, '2', before, { relations: { items: true } }));
      expect(error).toMatchObject({ code: 'HISTORY_PRUNED' });
      expect(await audit.asOf(Owner, '2', before)).toMatchObject({ name: 'Bob' });
    });
  });
});

/** An entity as JSON, with lists in the order of their texts: find() gives them no order. */
function sorted(value: unknown): unknown {
  return order(JSON.parse(JSON.stringify(value)));
}

function order(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(order).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, order(inner)]));
}
