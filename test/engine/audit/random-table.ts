import type { Client } from 'pg';
import { Dice } from './random-values.js';

/** Random settings that a session may begin with, each of which changes how values are written or read. */
export const settings: Readonly<Record<string, readonly string[]>> = {
  datestyle: ['SQL, DMY', 'German', 'Postgres, MDY', 'ISO, YMD'],
  intervalstyle: ['sql_standard', 'postgres_verbose', 'iso_8601', 'postgres'],
  extra_float_digits: ['0', '-15', '3'],
  bytea_output: ['escape', 'hex'],
  timezone: ['Asia/Kathmandu', 'America/St_Johns', 'UTC'],
  search_path: ['pg_temp', 'public', '"$user", public'],
  xmloption: ['content'],
  standard_conforming_strings: ['on', 'off'],
  quote_all_identifiers: ['on', 'off'],
  lc_monetary: ['C'],
  array_nulls: ['on'],
  transform_null_equals: ['on', 'off'],
};

/** Literals of many types; what PostgreSQL does not take is not written. */
const literals: Readonly<Record<string, readonly string[]>> = {
  text: [`'a'`, `'A'`, `''`, `'[redacted]'`, `E'\\\\u0000 "\\''`, `'null'`, `'ß 🎤'`],
  'varchar(9)': [`'a'`, `'b '`],
  'char(3)': [`'a'`, `''`],
  bpchar: [`'a'`, `'a '`],
  name: [`'n'`, `'"'`],
  '"char"': [`'c'`, `'d'`],
  smallint: ['1', '-1'],
  integer: ['0', '2147483647'],
  bigint: ['9223372036854775807', '-1'],
  numeric: ['1.5', '1.50', `'NaN'`, '1e40', '-0.001'],
  'numeric(9,2)': ['1.5', '-3'],
  real: ['0.1', `'-0'`, `'NaN'`, '1e-40'],
  float8: ['0.1', `'-0'`, '0', `'Infinity'`, '2.2250738585072014e-308'],
  boolean: ['true', 'false'],
  uuid: [`'00000000-0000-4000-8000-00000000000a'`, `'00000000-0000-4000-8000-00000000000b'`],
  date: [`'2026-02-01'`, `'infinity'`, `'0044-03-15 BC'`],
  time: [`'12:00:00.000001'`, `'24:00'`],
  timetz: [`'12:00+05:30'`, `'00:00-12'`],
  timestamp: [`'2026-02-01 12:00'`, `'-infinity'`],
  timestamptz: [`'2026-02-01 12:00+00'`, `'0044-03-15 00:00+00 BC'`],
  'timestamptz(0)': [`'2026-02-01 12:00+00'`, `'2026-02-03 12:00+00'`],
  interval: [`'P1Y-2DT3H'`, `'PT24H'`, `'P1D'`],
  bytea: [`decode('00ff5c', 'hex')`, `''`],
  bit: [`B'1'`, `B'0'`],
  varbit: [`B'0101'`, `''`],
  json: [`E'{"b": 1, "a":  "\\\\u0000"}'`, `'null'`, `'1.0'`],
  jsonb: [`'null'`, `'{"a": [1.50, null]}'`, `'{"[json]": 1}'`, `'"x"'`],
  jsonpath: [`'$.a'`],
  xml: [`'<a/>'`, `'<?xml version="1.0"?><b/>'`],
  inet: [`'10.0.0.1'`, `'10.0.0.0/8'`],
  cidr: [`'10.0.0.0/8'`],
  macaddr: [`'08:00:2b:01:02:03'`],
  tsvector: [`'a:1A b:2'`],
  tsquery: [`'a & !b'`],
  point: [`'(0.1,-0)'`],
  box: [`'(1,2),(0,0)'`],
  path: [`'[(0,0),(1,1)]'`],
  circle: [`'<(0,0),0.1>'`],
  int4range: [`'[1,5)'`, `'empty'`],
  numrange: [`'[1.5,2.50]'`, `'(,)'`],
  daterange: [`'[2026-02-01,2026-03-01)'`],
  tstzrange: [`'[2026-02-01 00:00+00,infinity)'`],
  nummultirange: [`'{[1,2],[3.0,)}'`],
  pg_lsn: [`'16/B374D848'`],
  regclass: [`'pg_catalog.pg_class'`],
  oid: ['1', '4294967295'],
  'integer[]': [`'{1,NULL}'`, `'[0:1]={1,2}'`, `'{}'`, `'{{1,2},{3,4}}'`],
  'text[]': [`'{"a b",NULL,"NULL"}'`, `'[2:2]={x}'`],
  'float8[]': [`'{-0,0.1,NaN}'`],
  'jsonb[]': [`ARRAY['null'::jsonb, NULL]`],
  'timestamptz[]': [`ARRAY['2026-02-01 00:00+00'::timestamptz]`],
  'interval[]': [`ARRAY['P1DT-2H'::interval]`],
  'bytea[]': [`ARRAY[decode('00', 'hex')]`],
  money: ['1.5'],
  geometry: [`'SRID=4326;POINT ZM (1 2 3 4)'`, `'CIRCULARSTRING(0 0, 1 1, 2 0)'`, `'POINT EMPTY'`],
  geography: [`'POINT(0.1 0.2)'`],
  random_domain: [`'[0:0]={0.1}'`, `'{-0}'`],
  random_enum: [`'one'`, `'two words'`],
  random_composite: [
    `ROW(E'{"a": "\\\\u0000"}', '{-0}', 'P1D', NULL)`,
    'ROW(NULL, NULL, NULL, NULL)',
  ],
  'random_composite[]': [`ARRAY[ROW('1', NULL, NULL, '2026-01-01')::random_composite]`],
};

/** Types of their own that the columns may have. */
export const ownTypes = `
  CREATE DOMAIN random_domain AS float8[] CHECK (cardinality(VALUE) > 0);
  CREATE TYPE random_enum AS ENUM ('one', 'two words');
  CREATE TYPE random_composite AS ("a b" json, c float4[], d interval, e timestamptz);`;

const hostileNames = [
  'n',
  't',
  'o',
  'new',
  'OLD',
  'i',
  'r',
  's',
  'key',
  'value',
  'changed',
  'written',
  'now',
  'wanted',
  'a"b',
  `it's`,
  '%s',
  '%1$s',
  'back\\slash',
  'ü',
  'kept',
  'image',
  'id_start',
  'TG_OP',
];

const keyTypes = [
  'integer',
  'text',
  'numeric',
  'timestamptz',
  'uuid',
  'date',
  'char(3)',
  'float8',
  'bytea',
  'interval',
  'random_enum',
  'bigint',
];

interface RandomColumn {
  readonly name: string;
  readonly type: string;
}

const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** A table that nobody would make, and statements that write to it. */
export class RandomTable {
  readonly keys: readonly RandomColumn[];
  readonly columns: readonly RandomColumn[];
  private readonly isPartitioned: boolean;
  readonly hasTrigger: boolean;
  private readonly isGenerated: boolean;

  constructor(
    readonly name: string,
    private readonly dice: Dice,
  ) {
    const names = hostileNames.toSorted(() => dice.below(3) - 1);
    const column = (type: string): RandomColumn => ({ name: names.pop()!, type });
    this.keys = Array.from({ length: 1 + dice.below(3) }, () => column(dice.pick(keyTypes)));
    this.columns = Array.from({ length: 1 + dice.below(7) }, () =>
      column(dice.pick(Object.keys(literals))),
    );
    this.isPartitioned = dice.once(4);
    this.hasTrigger = dice.once(4);
    this.isGenerated = dice.once(3);
  }

  /** As SQL names it. */
  get sql(): string {
    return quote(this.name);
  }

  get definition(): string {
    const columns = [...this.keys, ...this.columns].map(
      ({ name, type }) => `${quote(name)} ${type}`,
    );
    if (this.isGenerated) columns.push(`"made" text GENERATED ALWAYS AS ('x') STORED`);
    const key = this.keys.map(({ name }) => quote(name)).join(', ');
    const table = `CREATE TABLE ${this.sql} (${columns.join(', ')}, PRIMARY KEY (${key}))`;
    return `${table}${this.isPartitioned ? this.partitions : ''}; ${this.hasTrigger ? this.trigger : ''}`;
  }

  private get partitions(): string {
    const parts = [0, 1, 2].map(
      (rest) =>
        `CREATE TABLE ${quote(`${this.name} ${rest}`)} PARTITION OF ${this.sql} FOR VALUES WITH (MODULUS 3, REMAINDER ${rest})`,
    );
    return ` PARTITION BY HASH (${quote(this.keys[0]!.name)}); ${parts.join('; ')}`;
  }

  /** Empties the first column of a row that is new, which writes to it once more. */
  private get trigger(): string {
    const [column] = this.columns;
    const isIt = this.keys.map(({ name }) => `t.${quote(name)} = NEW.${quote(name)}`);
    const own = quote(`A ${this.name}`);
    return `
      CREATE FUNCTION ${own}() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
      BEGIN UPDATE ${this.sql} t SET ${quote(column!.name)} = NULL WHERE ${isIt.join(' AND ')}; RETURN NULL; END $$;
      CREATE TRIGGER ${own} AFTER INSERT ON ${this.sql} FOR EACH ROW EXECUTE FUNCTION ${own}();`;
  }

  statement(): string {
    const kind = this.dice.below(10);
    const all = [...this.keys, ...this.columns];
    if (kind < 4) {
      const rows = Array.from(
        { length: 1 + this.dice.below(3) },
        () => `(${all.map((column) => this.value(column)).join(', ')})`,
      );
      return `INSERT INTO public.${this.sql} (${all.map(({ name }) => quote(name)).join(', ')}) VALUES ${rows.join(', ')} ON CONFLICT DO NOTHING`;
    }
    if (kind < 5) return `DELETE FROM public.${this.sql} WHERE ${this.some()}`;
    const set =
      kind < 6
        ? [this.dice.pick(this.keys)]
        : [this.dice.pick(this.columns), this.dice.pick(this.columns)];
    const values = [...new Set(set)].map(
      (column) => `${quote(column.name)} = ${this.value(column)}`,
    );
    return `UPDATE public.${this.sql} SET ${values.join(', ')} WHERE ${this.some()}`;
  }

  private value({ type, name }: RandomColumn): string {
    const isKey = this.keys.some((key) => key.name === name);
    if (!isKey && this.dice.once(6)) return 'NULL';
    const literal = this.dice.pick(literals[type]!);
    const isPublic = /^(random|geo)/.test(type);
    return `(${literal.replaceAll('::random', '::public.random')})::${isPublic ? 'public.' : ''}${type}`;
  }

  /** Some rows, whatever the session's settings are. */
  private some(): string {
    return `hashtext(${quote(this.keys[0]!.name)}::text) % 3 = ${this.dice.below(3)}`;
  }
}

/** Gives a session random settings. */
export async function disturb(client: Client, dice: Dice): Promise<void> {
  for (const [name, values] of Object.entries(settings)) {
    if (dice.once(2))
      await client.query('SELECT set_config($1, $2, false)', [name, dice.pick([...values])]);
  }
}
