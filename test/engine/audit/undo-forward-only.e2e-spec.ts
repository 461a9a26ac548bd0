import { TypeOrmModule } from '@nestjs/typeorm';
import {
  AfterUndo,
  AuditService,
  ForwardOnly,
  RequestService,
  State,
  StateRepository,
  VenueService,
  type UndoneRow,
} from '@singr/database';
import { Column, Entity, PrimaryColumn, UpdateDateColumn, VersionColumn } from 'typeorm';
import { runInContext } from '../../../src/engine/actor/actor-context.js';
import { useDatabase } from '../../support/database.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';
import { useTrail, type Planted } from './trail-app.js';

let undone: UndoneRow[][] = [];
const note = async (_manager: unknown, rows: readonly UndoneRow[]) => {
  undone.push([...rows]);
};

abstract class Counted {
  @ForwardOnly()
  @Column('integer')
  uses!: number;
}

@AfterUndo(note)
@Entity('gadgets')
class Gadget extends Counted {
  @PrimaryColumn('integer')
  id!: number;

  @Column('text')
  name!: string;

  @Column('text')
  colour!: string;

  @VersionColumn()
  version!: number;

  @UpdateDateColumn({ name: 'touched', type: 'timestamptz' })
  touched!: Date;
}

describe('an undo with forward-only columns', () => {
  const database = useDatabase();
  const trail = useTrail(database);
  let planted: Planted;

  beforeEach(async () => {
    planted = await trail.plant();
  });

  const customer = () => planted.value('state', 'customer_profiles_id');
  const venueId = () => planted.value('venues', 'venues_id');
  const serial = () => trail.app.get(StateRepository).currentSerial(customer());
  const inRequest = <T>(requestId: string, work: () => Promise<T>) => {
    const attribution = { actor: { name: 'test' }, requestId };
    return runInContext({ attribution, afterwards: undefined, occasion: undefined }, work);
  };
  const transactionOf = async (table: string, id: string) =>
    (await trail.audit.history({ table, id, limit: 1 })).entries[0]!.transactionId;

  const begin = () =>
    trail.run('UPDATE state SET serial = 5 WHERE customer_profiles_id = $1', [customer()]);
  const submit = () =>
    trail.app
      .get(RequestService)
      .submit({ venueId: venueId(), artist: 'Dolly Parton', title: 'Jolene' });

  it('increases the customer’s serial when it deletes a request', async () => {
    await begin();
    const submitted = await submit();
    expect(submitted.serial).toBe(6);
    const { steps } = await trail.audit.undoTransaction(
      await transactionOf('requests', submitted.request.id),
    );
    expect(
      steps.map(({ action, table, kept }) => `${action} ${table} [${kept.join()}]`).sort(),
    ).toEqual(['delete requests []', 'none state [serial]']);
    expect(await serial()).toBe(7);
    expect((await submit()).serial).toBe(8);
  });

  it('increases it also when later requests have: that is no conflict', async () => {
    await begin();
    const first = await submit();
    await submit();
    await trail.audit.undoTransaction(await transactionOf('requests', first.request.id));
    expect(await serial()).toBe(8);
  });

  it('keeps the serial that the first request inserted, as the next one would start again', async () => {
    await trail.run('DELETE FROM state WHERE customer_profiles_id = $1', [customer()]);
    const first = await submit();
    expect(first.serial).toBe(2);
    await trail.audit.undoTransaction(await transactionOf('requests', first.request.id));
    expect(await serial()).toBe(3);
  });

  it('increases it once for a venue that is inserted again, with or without its requests', async () => {
    await begin();
    await trail.app.get(VenueService).close(venueId());
    await trail.audit.undoTransaction(await transactionOf('venues', venueId()));
    expect(await serial()).toBe(7);
    const id = await trail.run('DELETE FROM venues WHERE venues_id = $1', [venueId()]);
    await trail.audit.undoTransaction(id);
    expect(await serial()).toBe(8);
  });

  it('does not increase it in a dry run, or when nothing is put back', async () => {
    await begin();
    const { request } = await submit();
    const id = await transactionOf('requests', request.id);
    await trail.audit.undoTransaction(id, { dryRun: true });
    expect(await serial()).toBe(6);
    await trail.audit.undoTransaction(id);
    await trail.audit.undoTransaction(id);
    expect(await serial()).toBe(7);
  });

  it('deletes the serial with the customer whose insert is undone, and inserts it again', async () => {
    await trail.audit.undoTransaction(planted.transactionId);
    expect(await serial()).toBe(1);
    const { rows } = await trail.client.query<{ id: string }>(
      `SELECT max(transaction_id)::text AS id FROM audit_logs`,
    );
    await trail.audit.undoTransaction(rows[0]!.id, { redacted: 'placeholder' });
    const [state] = await trail.dataSource.getRepository(State).findBy({
      customerProfileId: customer(),
    });
    expect(BigInt(state!.serial)).toBeGreaterThanOrEqual(BigInt(planted.value('state', 'serial')));
  });

  it('never sets it back to a time', async () => {
    await begin();
    const at = await trail.now();
    await submit();
    const { steps } = await trail.audit.restore('state', customer(), at);
    expect(steps).toMatchObject([{ action: 'none', kept: ['serial'] }]);
    expect(await serial()).toBe(6);
    await trail.run('DELETE FROM state WHERE customer_profiles_id = $1', [customer()]);
    await trail.audit.restore('state', customer(), at);
    expect(await serial()).toBe(6);
  });

  it('keeps the last use of a key that is put back', async () => {
    const key = planted.value('api_keys', 'api_keys_id');
    const id = await trail.run(
      `UPDATE api_keys SET last_used_at = now(), description = 'x' WHERE api_keys_id = $1`,
      [key],
    );
    const { steps } = await trail.audit.undoTransaction(id);
    expect(steps[0]!.columns).not.toContain('last_used_at');
    expect(steps[0]!.kept).toEqual(['last_used_at']);
  });

  describe('in a table of the application’s own', () => {
    let app: TestApp;
    let audit: AuditService;

    beforeAll(async () => {
      await trail.client.query(`
        CREATE TABLE gadgets (id integer PRIMARY KEY, name text NOT NULL, colour text NOT NULL,
          uses integer NOT NULL, version integer NOT NULL, touched timestamptz NOT NULL DEFAULT now());
        SELECT audit.attach('gadgets')`);
      app = await createTestApp(database, { imports: [TypeOrmModule.forFeature([Gadget])] });
      audit = app.get(AuditService);
    });

    beforeEach(async () => {
      await trail.run('DELETE FROM gadgets');
      undone = [];
    });

    const gadgets = () => app.dataSource.getRepository(Gadget);
    const last = async () =>
      (await audit.history({ entity: Gadget, id: '1' })).entries[0]!.sequence;
    const made = () =>
      gadgets().save(gadgets().create({ id: 1, name: 'saw', colour: 'red', uses: 0 }));

    it('increases a version, so that a stale copy of the row cannot overwrite it', async () => {
      const gadget = await made();
      await gadgets().save({ ...gadget, name: 'axe', uses: 3 });
      await audit.undo(await last());
      expect(await gadgets().findOneByOrFail({ id: 1 })).toMatchObject({
        name: 'saw',
        uses: 3,
        version: 3,
      });
    });

    it('has no conflict in a version or time that changed with another column', async () => {
      const gadget = await made();
      const renamed = await gadgets().save({ ...gadget, name: 'axe' });
      const renaming = await last();
      await new Promise((resolve) => setTimeout(resolve, 5));
      await gadgets().save({ ...renamed, colour: 'blue' });
      const { steps } = await audit.undo(renaming);
      expect(steps).toMatchObject([{ columns: ['name'], kept: ['colour', 'version'] }]);
    });

    it('inserts a row again with its newest count', async () => {
      const gadget = await made();
      const { now: at } = { now: await trail.now() };
      await gadgets().save({ ...gadget, uses: 8 });
      await gadgets().delete({ id: 1 });
      await audit.restore(Gadget, '1', at);
      expect(await gadgets().findOneByOrFail({ id: 1 })).toMatchObject({ uses: 8, version: 2 });
    });

    it('calls the entity’s hook with the changed rows, in the same transaction', async () => {
      const gadget = await made();
      await gadgets().save({ ...gadget, name: 'axe' });
      await audit.undo(await last());
      expect(undone).toMatchObject([
        [{ table: 'gadgets', before: { name: 'axe' }, after: { name: 'saw' } }],
      ]);
    });
  });

  it('deletes a serial that an undo inserted with its customer', async () => {
    await trail.run('DELETE FROM state WHERE customer_profiles_id = $1', [customer()]);
    await trail.audit.undoTransaction(
      await trail.run(`UPDATE venues SET name = 'renamed' WHERE venues_id = $1`, [venueId()]),
    );
    expect(await serial()).toBe(2);
    await trail.audit.undoTransaction(planted.transactionId);
    expect(await serial()).toBe(1);
  });

  it('is not fooled by a request of several transactions', async () => {
    await begin();
    await inRequest('twice', submit);
    await inRequest('twice', submit);
    await trail.audit.undoRequest('twice');
    expect(await serial()).toBe(8);
  });
});
