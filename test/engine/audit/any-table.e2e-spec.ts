import { ActorContext, ApiKey } from '@singr/database';
import { failure } from '../../support/scripted-app.js';
import { isEmbedded, useDatabase } from '../../support/database.js';
import { OwnTable } from './own-table.js';
import { useTrail } from './trail-app.js';

describe('the trail of a table of an application’s own', () => {
  const database = useDatabase();
  const trail = useTrail(database);
  let count = 0;
  const create = (definition: string, options?: Parameters<typeof OwnTable.create>[3]) =>
    OwnTable.create(trail, `own_${++count}`, definition, options);

  describe('does not confuse a column with the trail’s own names', () => {
    /** Every word of the recorder of a table with each kind of column, and of what reads it. */
    async function words(): Promise<string[]> {
      const table = await create(
        `(id integer PRIMARY KEY, a text, j json, b jsonb, f float8, l integer[], parent integer REFERENCES $self)`.replace(
          '$self',
          `own_${count + 1}`,
        ),
        { redact: ['a'] },
      );
      const { rows } = await trail.client.query<{ text: string }>(
        `SELECT concat_ws(' ', p.prosrc, r.image, r.record_id, r.row_of_image) AS text
         FROM pg_proc p, audit.reading_sql($1::regclass, '{a}') r WHERE p.proname = 'record_' || $1`,
        [table.name],
      );
      const found = rows[0]!.text.match(/[A-Za-z_][A-Za-z_0-9]*/g)!;
      return [
        ...new Set([
          ...found,
          't',
          'now',
          'wanted',
          'kept',
          'child',
          'undone',
          'met',
          '$1',
          '%1$s',
          'a"b',
          `it's`,
          'back\\slash',
          '%',
        ]),
      ].filter((word) => word !== 'id');
    }

    it('whatever the column is called', async () => {
      const all = await words();
      expect(all.length).toBeGreaterThan(80);
      for (let at = 0; at < all.length; at += 60) {
        const names = all.slice(at, at + 60).map((word) => `"${word.replaceAll('"', '""')}"`);
        const types = ['text', 'integer', 'jsonb', 'float8', 'json'];
        const columns = names.map((name, index) => `${name} ${types[index % types.length]}`);
        const table = await create(`(id integer PRIMARY KEY, ${columns.join(', ')})`);
        const set = (value: number) =>
          names.map((name, index) => `${name} = '${index + value}'`).join(', ');
        await table.expectExact([
          `INSERT INTO $table (id, ${names.join(', ')}) VALUES (1, ${names.map((_, index) => `'${index}'`).join(', ')})`,
          `UPDATE $table SET ${set(1)}`,
          `UPDATE $table SET id = 2`,
          'DELETE FROM $table',
        ]);
      }
    });

    it('as a part of the key either', async () => {
      const table = await create(
        `(n integer, "o'" text, "t""" text, v text, PRIMARY KEY (n, "o'", "t"""))`,
        { redact: ["o'"] },
      );
      await table.expectExact([
        `INSERT INTO $table VALUES (1, 'a', 'b', 'x')`,
        `UPDATE $table SET v = 'y'`,
        `UPDATE $table SET n = 2`,
      ]);
    });
  });

  describe('with partitions', () => {
    const partitioned = () =>
      create(`(id integer, at date, v text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at)`, {
        before: `CREATE TABLE own_${count + 1}_a PARTITION OF own_${count + 1} FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');`,
      });
    const newPartition = (table: OwnTable) =>
      trail.client.query(`
        CREATE TABLE ${table.sql}_b (v text, gone integer, at date NOT NULL, id integer NOT NULL);
        ALTER TABLE ${table.sql}_b DROP COLUMN gone;
        ALTER TABLE ${table.sql} ATTACH PARTITION ${table.sql}_b FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');`);

    it('records a row that moves, and writes to a single partition', async () => {
      const table = await partitioned();
      await newPartition(table);
      await table.expectExact([
        `INSERT INTO $table VALUES (1, '2020-05-05', 'a'), (2, '2021-05-05', 'b')`,
        `UPDATE $table SET at = at + 400 WHERE id = 1`,
        `UPDATE $table_b SET v = 'c'`,
        `INSERT INTO $table_a VALUES (3, '2020-06-06', 'd')`,
        `DELETE FROM $table_b WHERE id = 2`,
      ]);
    });

    it('records the rows of a single partition that is truncated', async () => {
      const table = await partitioned();
      await table.expectExact([
        `INSERT INTO $table VALUES (1, '2020-05-05', 'a'), (2, '2020-07-05', 'b')`,
        `TRUNCATE $table_a`,
      ]);
    });

    it('refuses a partition, and tables that inherit from each other', async () => {
      const table = await partitioned();
      const attach = (name: string) =>
        failure(trail.client.query('SELECT audit.attach($1::regclass)', [name]));
      expect((await attach(`${table.sql}_a`)).message).toMatch(
        /is a partition of .* Audit that table/,
      );
      await trail.client.query(`
        CREATE TABLE heir_parent (id integer PRIMARY KEY);
        CREATE TABLE heir_child (PRIMARY KEY (id)) INHERITS (heir_parent);`);
      expect((await attach('heir_parent')).message).toMatch(/public\.heir_child inherits from it/);
      expect((await attach('heir_child')).message).toMatch(/inherits from public\.heir_parent/);
    });
  });

  describe('with triggers of its own', () => {
    const trigger = (name: string, when: string, body: string) => `
      CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body} RETURN NULL; END $$;
      CREATE TRIGGER ${name} AFTER ${when} EXECUTE FUNCTION ${name}();`;

    it('keeps the order of an INSERT and of what its trigger then updates', async () => {
      const name = `own_${count + 1}`;
      const table = await create('(id integer PRIMARY KEY, v integer)', {
        before: trigger(
          `"a_${name}"`,
          `INSERT ON ${name} FOR EACH ROW`,
          `UPDATE ${name} SET v = coalesce(v, 0) + 1;`,
        ),
      });
      // The first row's trigger updates the second one too, before its own trigger fires.
      await table.expectRecorded([
        'INSERT INTO $table VALUES (1, 1), (2, 2)',
        'INSERT INTO $table VALUES (3, 3)',
      ]);
      const recorded = (await table.entries()).map(({ operation, id }) => `${operation} ${id}`);
      expect(recorded.slice(0, 2)).toEqual(['INSERT 1', 'INSERT 2']);
    });

    it('keeps the order of an UPDATE and of what its trigger then updates', async () => {
      const name = `own_${count + 1}`;
      const table = await create('(id integer PRIMARY KEY, v integer)', {
        before: trigger(
          `"A_${name}"`,
          `UPDATE ON ${name} FOR EACH ROW`,
          `IF pg_trigger_depth() = 1 THEN UPDATE ${name} SET v = v + 10; END IF;`,
        ),
      });
      await table.expectRecorded([
        'INSERT INTO $table VALUES (1, 1), (2, 2), (3, 3)',
        'UPDATE $table SET v = v + 1',
        'UPDATE $table SET id = id + 10 WHERE id < 3',
      ]);
    });

    it('keeps the order of a changed key and of the rows that follow it', async () => {
      const name = `own_${count + 1}`;
      const table = await create(
        `(id integer PRIMARY KEY, v integer, parent integer REFERENCES ${name} ON UPDATE CASCADE)`,
      );
      await table.expectRecorded([
        'INSERT INTO $table VALUES (1, 1, 1), (2, 2, 1)',
        'UPDATE $table SET v = v + 1, id = CASE id WHEN 1 THEN 11 ELSE id END',
      ]);
    });

    it('keeps the order of a DELETE and of a row that its trigger inserts again', async () => {
      const name = `own_${count + 1}`;
      const table = await create('(id integer PRIMARY KEY, v integer)', {
        before: trigger(
          `"a_${name}"`,
          `DELETE ON ${name} FOR EACH ROW`,
          `INSERT INTO ${name} VALUES (OLD.id, OLD.v + 1);`,
        ),
      });
      await table.write('INSERT INTO $table VALUES (1, 1)');
      await table.write('DELETE FROM $table');
      expect(await table.recorded('1')).toBe('{"v": 2, "id": 1}');
    });

    it('refuses one that would fire first', async () => {
      const name = `own_${count + 1}`;
      const refused = await failure(
        create('(id integer PRIMARY KEY)', {
          before: trigger(`"!a"`, `INSERT ON ${name} FOR EACH ROW`, ''),
        }),
      );
      expect(refused.message).toMatch(
        /its trigger "!a" would fire before the audit triggers. Rename it/,
      );
    });
  });

  describe('records changes between equal values', () => {
    it.each([
      ['numeric', `'1.5'`, `'1.50'`],
      ['char(4)', `'a'`, `'b'`],
      ['bpchar', `'a'`, `'a '`],
      ['float8', '0', `'-0'`],
      ['interval', `'1 day'`, `'24 hours'`],
      ['jsonb', `'1.0'`, `'1.00'`],
      ['json', `'{"a":1}'`, `'{"a": 1}'`],
      ['ci', `'a'`, `'A'`],
      ['timestamptz', `'2026-01-01 00:00+00'`, `'2026-01-02 00:00+00'`],
      ['bytea', `'\\x00'`, `'\\x0000'`],
    ])('in a column of %s', async (type, first, second) => {
      if (type === 'ci') {
        await trail.client.query(
          `CREATE COLLATION IF NOT EXISTS ignoring_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`,
        );
      }
      const column = type === 'ci' ? 'text COLLATE ignoring_case' : type;
      const table = await create(`(id integer PRIMARY KEY, v ${column})`);
      await table.expectExact([
        `INSERT INTO $table VALUES (1, ${first})`,
        `UPDATE $table SET v = ${second}`,
      ]);
      expect(await table.entries()).toContainEqual({
        operation: 'UPDATE',
        id: '1',
        columns: ['v'],
      });
    });

    it.each([
      ['numeric', `'1.5'`, `'1.50'`],
      ['float8', `'0'`, `'-0'`],
      ['bpchar', `'a'`, `'b'`],
      ['timestamptz', `'2026-01-01 00:00+00'`, `'2026-01-01 01:00+00'`],
      ['date', `'2026-01-02'`, `'2026-02-01'`],
      ['interval', `'1 day'`, `'24 hours'`],
    ])('in a key of %s', async (type, first, second) => {
      const table = await create(`(id ${type} PRIMARY KEY, v integer)`);
      await table.expectExact([
        `INSERT INTO $table VALUES (${first}, 1)`,
        `UPDATE $table SET id = ${second}`,
        'UPDATE $table SET v = 2',
      ]);
    });

    it('and finds a record by another spelling of its key', async () => {
      const table = await create('(id numeric, at timestamptz, PRIMARY KEY (id, at))');
      await table.write(`INSERT INTO $table VALUES (1.50, '2026-01-01 00:00+00')`);
      const { entries } = await trail.audit.history({
        table: table.name,
        id: { id: '1.5', at: '2026-01-01T01:00+01' },
      });
      expect(entries).toHaveLength(1);
      const error = await failure(
        trail.audit.history({ table: table.name, id: { id: 'x', at: '2026-01-01' } }),
      );
      expect(error.code).toBe('INVALID_RECORD_KEY');
    });
  });

  it('records a column that was added without auditTable()', async () => {
    const table = await create('(id integer PRIMARY KEY, v text, token text)', {
      redact: ['token'],
    });
    await table.write(`INSERT INTO $table VALUES (1, 'a', 'secret')`);
    await table.write(
      'ALTER TABLE $table ADD COLUMN later text, RENAME COLUMN token TO secret'.split(', R')[0]!,
    );
    await table.write('ALTER TABLE $table RENAME COLUMN token TO hidden');
    await table.write(`UPDATE $table SET later = 'x'`);
    await table.write(`UPDATE $table SET later = 'y', v = 'b'`);
    await table.write(`INSERT INTO $table VALUES (2, 'c', 'secret', 'z')`);
    await table.write('UPDATE $table SET id = 3 WHERE id = 2');
    await table.write('DELETE FROM $table');
    const { rows } = await trail.client.query<{ columns: string[]; images: string }>(
      `SELECT changed_columns AS columns, concat(old_data, new_data) AS images FROM audit_logs
       WHERE table_name = $1 ORDER BY sequence`,
      [table.name],
    );
    expect(rows.map(({ columns }) => columns)).toEqual([
      null,
      ['later'],
      ['v', 'later'],
      null,
      ['id'],
      ['id'],
      null,
      null,
    ]);
    for (const { images } of rows.slice(1)) expect(images).toMatch(/"later"/);
    for (const { images } of rows) expect(images).not.toMatch(/"secret"}|: "secret"/);
  });

  it('does not read an entry of the application’s own as an image', async () => {
    const table = await create('(id integer PRIMARY KEY)');
    await table.write('INSERT INTO $table VALUES (1)');
    const { sequence } = await ActorContext.run({ name: 'own' }, () =>
      trail.audit.record({
        action: 'row.praised',
        subject: table.name,
        id: '1',
        details: { a: 1 },
      }),
    );
    expect((await failure(trail.audit.imageAt(table.name, '1', { sequence }))).code).toBe(
      'AUDIT_ENTRY_NOT_FOUND',
    );
  });

  it('names the table of an image with an enum label that no longer exists', async () => {
    await trail.plant();
    const at = await trail.now();
    await trail.run('DELETE FROM api_keys');
    await trail.client.query(
      `ALTER TYPE ${(await enumOf('api_keys')).type} RENAME VALUE '${(await enumOf('api_keys')).label}' TO 'former'`,
    );
    const error = await failure(trail.audit.asOfMany(ApiKey, at));
    expect(error.code).toBe('IMAGE_UNREADABLE');
    expect(error.message).toMatch(
      /"api_keys" as it was cannot be read as the entity of today: .* \(\w+\)/,
    );
  });

  /** The enum of a column of a table, and the label that its entries have. */
  async function enumOf(table: string): Promise<{ type: string; label: string }> {
    const { rows } = await trail.client.query<{ type: string; label: string }>(
      `SELECT a.atttypid::regtype::text AS type, l.old_data->>a.attname AS label
       FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid AND t.typtype = 'e'
       JOIN audit_logs l ON l.table_name = $1 AND l.operation = 'DELETE'
       WHERE a.attrelid = $1::regclass`,
      [table],
    );
    return rows[0]!;
  }

  describe('keeps values that JSON cannot represent', () => {
    it.each([
      ['a JSON null beside none', 'jsonb', [`'null'`, 'NULL', `'{"[json]": 1}'`, `'[null]'`]],
      [
        'json as it is written',
        'json',
        [`'{"b": 1,  "a": "\\u0000", "b": 2}'`, `'null'`, 'NULL', `'"[redacted]"'`],
      ],
      [
        'arrays that begin elsewhere',
        'integer[]',
        [`'[0:1]={1,2}'`, `'{{1,2},{3,4}}'`, `'{}'`, `'{1,NULL}'`],
      ],
      ['arrays of JSON', 'json[]', [`ARRAY['{"a":1}'::json, NULL, 'null']`]],
      ['arrays of floats', 'float4[]', [`'{-0,0,NaN,Infinity,1e-40}'`]],
      [
        'floats',
        'float8',
        [`'-0'`, `'NaN'`, `'-Infinity'`, `'0.1'`, `1e-308`, '1.7976931348623157e308'],
      ],
      ['numbers', 'numeric', [`'NaN'`, `'1.500'`, `'Infinity'`, '1e100', '1e-100']],
      [
        'times',
        'timestamptz',
        [
          `'infinity'`,
          `'-infinity'`,
          `'0044-03-15 BC'`,
          `'294276-01-01'`,
          `'2026-01-01 00:00:00.000001'`,
        ],
      ],
      [
        'dates',
        'daterange',
        [`'[2026-02-01,2026-02-03)'`, `'empty'`, `'(,)'`, `'[2026-01-01,infinity)'`],
      ],
      ['multiranges', 'tstzmultirange', [`'{[2026-02-01,2026-02-03),[2026-03-01,)}'`]],
      [
        'intervals',
        'interval',
        [`'-1 day 02:00:00'`, `'1 year -1 day'`, `'-00:00:00.000001'`, `'178000000 years'`],
      ],
      ['bytes', 'bytea', [`'\\x00ff'`, `''`]],
      ['padded text', 'char(5)', [`'a'`, `''`]],
      ['XML', 'xml', [`'<?xml version="1.0"?><a/>'`, `'<a/><b/>'`, `'text'`]],
      ['documents to search', 'tsvector', [`'a:1A b:2,3'`, `''`]],
      ['bits', 'varbit', [`B'0101'`, `''`]],
      ['network addresses', 'inet', [`'10.0.0.1'`, `'10.0.0.0/8'`, `'::1'`]],
      ['shapes', 'box', [`'(-0,1e-300),(2,0.1)'`]],
      ['times of day', 'timetz', [`'12:00:00+05:30'`, `'24:00:00-12'`]],
    ])('%s', async (_, type, listed) => {
      const values = [...new Set([...listed, 'NULL'])];
      const table = await create(`(id integer PRIMARY KEY, v ${type})`);
      await table.expectExact([
        ...values.map((value, index) => `INSERT INTO $table VALUES (${index}, ${value})`),
        ...values.map(
          (value, index) =>
            `UPDATE $table SET v = ${value} WHERE id = ${(index + 1) % values.length}`,
        ),
        'DELETE FROM $table',
      ]);
    });

    it('geometries with M, curves, geographies and hstore', async () => {
      await trail.client.query('CREATE EXTENSION IF NOT EXISTS hstore').catch(() => undefined);
      const { rows } = await trail.client.query(
        `SELECT to_regtype('hstore') IS NOT NULL AS has_hstore`,
      );
      const table = await create(
        `(id integer PRIMARY KEY, g geometry, p geography, h ${rows[0].has_hstore ? 'hstore' : 'text'})`,
      );
      await table.expectExact([
        `INSERT INTO $table VALUES (1, 'SRID=4326;POINT ZM (1 2 3 4)', 'POINT(0.1 0.2)', 'a=>NULL')`,
        `INSERT INTO $table VALUES (2, 'CIRCULARSTRING(0 0, 1 1, 2 0)', NULL, 'a=>"1"')`,
        `UPDATE $table SET g = 'POINT M (1 2 3)', h = '"b c"=>"\\"", d=>e'`,
        'DELETE FROM $table',
      ]);
    });

    it('domains that must have a value, composites, enums, and arrays of them', async () => {
      await trail.client.query(`
        CREATE DOMAIN required AS text NOT NULL CHECK (VALUE <> '');
        CREATE DOMAIN scores AS float8[];
        CREATE TYPE mood AS ENUM ('good', 'bad');
        CREATE TYPE pair AS (a json, "b c" integer[], at timestamptz);`);
      const table = await create(
        '(id required PRIMARY KEY, r required, s scores, m mood[], p pair, ps pair[])',
      );
      await table.expectExact([
        `INSERT INTO $table VALUES ('x', 'r', '{-0,1}', '{good,bad}', ROW('{"a": "\\u0000"}', '[0:0]={1}', '2026-01-01'), ARRAY[ROW(NULL, NULL, NULL)::pair])`,
        `UPDATE $table SET r = 'q', p = ROW(NULL, NULL, NULL)`,
        `UPDATE $table SET p = NULL, id = 'y'`,
        'DELETE FROM $table',
      ]);
    });

    it('generated columns', async () => {
      const virtual = isEmbedded ? ', w text GENERATED ALWAYS AS (v || upper(v)) VIRTUAL' : '';
      const table = await create(
        `(id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text, s integer GENERATED ALWAYS AS (length(v)) STORED${virtual})`,
      );
      await table.expectExact([
        `INSERT INTO $table (v) VALUES ('a'), ('b')`,
        `UPDATE $table SET v = v || 'c'`,
        'DELETE FROM $table',
      ]);
    });

    it('refuses money, whose text depends on lc_monetary', async () => {
      await trail.client.query('CREATE DOMAIN price AS money');
      const refused = await failure(create('(id integer PRIMARY KEY, v price[])'));
      expect(refused.message).toMatch(/the column v has the type money.*numeric/);
    });

    it('a digest of a value that is too large, and never refuses the write', async () => {
      const table = await create('(id integer PRIMARY KEY, v bytea, w text)');
      await table.write(
        `INSERT INTO $table VALUES (1, decode(repeat('ab', 101000000), 'hex'), 'a')`,
      );
      await table.write(`UPDATE $table SET w = 'b'`);
      const deleted = await table.write('DELETE FROM $table');
      expect(await table.entries()).toMatchObject([
        { operation: 'INSERT' },
        { columns: ['w'] },
        { operation: 'DELETE' },
      ]);
      const { entries } = await trail.audit.history({ table: table.name });
      expect(entries[0]!.before).toMatchObject({
        w: 'b',
        v: expect.stringMatching(/^\[too large\] sha256:[0-9a-f]{64}$/),
      });
      await trail.expectRefusal(
        () => trail.audit.undoTransaction(deleted),
        'UNDO_IMPOSSIBLE',
        /more in v than the trail can keep/,
      );
    }, 240_000);
  });
});
