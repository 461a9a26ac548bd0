import { ActorContext } from '@singr/database';
import { Venue } from '../../src/domains/venues/entities/venue.entity.js';
import { dataSourceFor } from '../support/data-source.js';
import type { TestDatabase } from '../support/database.js';
import { createVenue } from '../support/fixtures.js';

/** A venue with a past: made, renamed, and given another city. */
export interface RenamedVenue {
  readonly id: string;
  readonly ownerId: string;
  /** The entries of the two updates. */
  readonly renamed: string;
  readonly moved: string;
  /** Just before the first update, ISO 8601. */
  readonly beforeRenaming: string;
}

/** Makes one, past the commands. */
export async function createRenamedVenue(database: TestDatabase): Promise<RenamedVenue> {
  const dataSource = await dataSourceFor(database.options).initialize();
  try {
    return await ActorContext.run({ name: 'office' }, async () => {
      const { id } = await createVenue(dataSource.manager);
      const [{ now }] = await dataSource.query<[{ now: string }]>(
        `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS now`,
      );
      await dataSource.manager.update(Venue, id, { name: 'Singing Cowboy' });
      await dataSource.manager.update(Venue, id, { city: 'Franklin' });
      const entries = await dataSource.query<{ sequence: string }[]>(
        `SELECT sequence FROM audit_logs WHERE record_id = $1 ORDER BY sequence`,
        [id],
      );
      const [owner] = await dataSource.query<[{ id: string }]>(
        `SELECT users_id AS id FROM venues JOIN customer_profiles USING (customer_profiles_id)
         WHERE venues_id = $1`,
        [id],
      );
      const [, renamed, moved] = entries.map(({ sequence }) => sequence);
      return { id, ownerId: owner.id, renamed: renamed!, moved: moved!, beforeRenaming: now };
    });
  } finally {
    await dataSource.destroy();
  }
}
