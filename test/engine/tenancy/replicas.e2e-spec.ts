import { TenantContext, Venue, type DatabaseDataSource } from '@singr/database';
import { create } from '@singr/database/testing';
import { isolateSingrTables } from '../../../migrations/helpers/isolate-singr-tables.js';
import { dataSourceFor } from '../../support/data-source.js';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { isolate } from '../../support/tenancy.js';

describeOnServer('the tenants of reads on a replica', () => {
  // A database of its own, which nothing is replicated to: its rows show where they were read.
  const replica = useDatabase();
  // Dropped first, and its role last: the role has privileges in both.
  const primary = useDatabase();
  let dataSource: DatabaseDataSource;
  let first: string;
  let second: string;

  beforeAll(async () => {
    const role = await isolate(primary);
    const owner = await dataSourceFor(replica.options).initialize();
    ({ customerProfileId: first } = await create(owner, Venue));
    ({ customerProfileId: second } = await create(owner, Venue));
    await owner.transaction(({ queryRunner }) => isolateSingrTables(queryRunner!));
    await owner.query(`SELECT audit.grant_application('${role}')`);
    await owner.destroy();
    // One connection each, so that a tenant that stayed on it would be the next reader's.
    dataSource = await dataSourceFor({
      ...primary.options,
      replicas: [replica.url],
      poolSize: 1,
      tenancy: { role },
    }).initialize();
    primary.beforeDrop(() => dataSource.destroy());
  });

  const find = async () => {
    const venues = await dataSource.getRepository(Venue).find();
    return venues.map(({ customerProfileId }) => customerProfileId).sort();
  };

  it('restrict reads outside a transaction, each to its own', async () => {
    expect(await TenantContext.run(first, find)).toEqual([first]);
    expect(await TenantContext.run(second, find)).toEqual([second]);
    expect(await TenantContext.run('all', find)).toEqual([first, second].sort());
  });

  it('reach no row without any, also after a reader who has some', async () => {
    await TenantContext.run('all', find);
    expect(await find()).toEqual([]);
  });

  it('restrict many reads at once', async () => {
    const asked = Array.from({ length: 50 }, (_, index) => [undefined, first, second][index % 3]);
    const found = await Promise.all(
      asked.map((tenant) => (tenant === undefined ? find() : TenantContext.run(tenant, find))),
    );
    expect(found).toEqual(asked.map((tenant) => (tenant === undefined ? [] : [tenant])));
  });
});
