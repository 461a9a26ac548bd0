import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditService } from '@singr/database';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { useDatabase } from '../../support/database.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';

/** An application's own, in a schema of its own, with the name of one of the module's tables. */
@Entity('venues', { schema: 'crm' })
class Prospect {
  @PrimaryColumn('bigint', { name: 'no' })
  number!: string;

  @Column('text')
  name!: string;
}

describe('a table of the application’s own', () => {
  const database = useDatabase();
  let app: TestApp;

  beforeAll(async () => {
    const client = await database.connect();
    await client.query(`
      CREATE SCHEMA crm;
      CREATE TABLE crm.venues (no bigint PRIMARY KEY, name text NOT NULL);
      SELECT audit.attach('crm.venues');`);
    app = await createTestApp(database, { imports: [TypeOrmModule.forFeature([Prospect])] });
  });

  it('in another schema has a history, states and undoing like any other', async () => {
    const audit = app.get(AuditService);
    const prospects = app.dataSource.getRepository(Prospect);
    const number = '9007199254740993';
    await prospects.save([
      { number, name: 'first' },
      { number: '2', name: 'other' },
    ]);
    const at = new Date(Date.now() + 5);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await prospects.update({ number }, { name: 'second' });

    // By the property's name, by the column's, and bare.
    for (const id of [{ number }, { no: number }, number]) {
      const { entries } = await audit.history({ entity: Prospect, id });
      expect(entries.map(({ table, operation }) => `${operation} ${table}`)).toEqual([
        'UPDATE crm.venues',
        'INSERT crm.venues',
      ]);
      expect(entries[0]!.after).toEqual({ no: number, name: 'second' });
    }
    const found = await audit.asOf(Prospect, number, at);
    expect(found).toBeInstanceOf(Prospect);
    expect(found).toEqual({ number, name: 'first' });
    expect(await audit.asOfMany(Prospect, at, { order: { name: 'ASC' } })).toEqual([
      { number, name: 'first' },
      { number: '2', name: 'other' },
    ]);
    const [entry] = (await audit.history({ table: 'crm.venues', limit: 1 })).entries;
    await audit.undo(entry!.sequence);
    expect(await prospects.findOneByOrFail({ number })).toEqual({ number, name: 'first' });
  });
});
