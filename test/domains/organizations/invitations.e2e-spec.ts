import {
  AuditLog,
  OrganizationService,
  OrganizationUserPermission,
  OrganizationUserRepository,
  Permission,
  type CustomerProfile,
} from '@singr/database';
import { create } from '@singr/database/testing';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { createCustomerProfile, createUser } from '../../support/fixtures.js';
import { Signal } from '../../engine/transaction/control.js';
import { atOnce, useServices } from '../../support/identity-services.js';

const database = useDatabase();
const services = useServices(database);
const organizations = () => services.get(OrganizationService);
const manager = () => services.dataSource.manager;

let profile: CustomerProfile;

beforeEach(async () => {
  await database.query('DELETE FROM organization_users');
  profile = await createCustomerProfile(manager());
});

/** Creates an invitation, which has expired unless `lasts` is given. Returns the user's id. */
async function invite({ lasts = false } = {}): Promise<string> {
  const { id: userId } = await createUser(manager());
  const { membership } = await organizations().invite({ customerProfileId: profile.id, userId });
  if (!lasts) {
    await database.query(
      `UPDATE organization_users SET invitation_expires_at = now() - interval '1 second'
       WHERE organization_users_id = $1`,
      [membership.id],
    );
  }
  return userId;
}

const membershipOf = async (userId: string) =>
  (await services.get(OrganizationUserRepository).findMembership(profile.id, userId))!;

describe('invitations that have expired', () => {
  it('are revoked, and are marked as expired', async () => {
    const userId = await invite();
    await expect(organizations().expireInvitations()).resolves.toBe(1);
    const membership = await membershipOf(userId);
    expect(membership).toMatchObject({
      status: 'revoked',
      invitationToken: null,
      invitationExpiresAt: expect.any(Date),
    });
    const { id: recordId } = membership;
    await expect(
      manager().countBy(AuditLog, { recordId, actorName: 'expire invitations' }),
    ).resolves.toBe(1);
    await expect(organizations().expireInvitations()).resolves.toBe(0);
  });

  it('differ from memberships that somebody revoked', async () => {
    const userId = await invite();
    await organizations().revoke(profile.id, userId);
    await expect(membershipOf(userId)).resolves.toMatchObject({
      status: 'revoked',
      invitationExpiresAt: null,
    });
  });

  it('are revoked with the permissions of the invited user', async () => {
    const [userId, kept] = [await invite(), await invite({ lasts: true })];
    const { slug } = await create(manager(), Permission);
    for (const member of [userId, kept]) {
      await organizations().setPermission(profile.id, member, slug, true);
    }
    await organizations().expireInvitations();
    const left = await manager().find(OrganizationUserPermission);
    expect(left.map(({ organizationUserId }) => organizationUserId)).toEqual([
      (await membershipOf(kept)).id,
    ]);
  });

  it('can be made again and accepted', async () => {
    const userId = await invite();
    await organizations().expireInvitations();
    const { token } = await organizations().invite({ customerProfileId: profile.id, userId });
    await organizations().expireInvitations();
    await expect(organizations().accept(token)).resolves.toMatchObject({ status: 'active' });
  });

  it('are revoked in batches, and no others', async () => {
    const lasting = await invite({ lasts: true });
    for (let index = 0; index < 5; index++) await invite();
    await expect(organizations().expireInvitations({ batchSize: 2 })).resolves.toBe(5);
    await expect(membershipOf(lasting)).resolves.toMatchObject({ status: 'invited' });
  });

  it.each([0, -1, 1.5, NaN])('are not revoked in batches of %d', async (batchSize) => {
    await expect(organizations().expireInvitations({ batchSize })).rejects.toMatchObject({
      code: 'INVALID_COUNT',
    });
  });

  describeOnServer('races', () => {
    it('are shared by concurrent runs', async () => {
      for (let index = 0; index < 40; index++) await invite();
      const counts = await Promise.all(
        atOnce(4, () => organizations().expireInvitations({ batchSize: 3 })),
      );
      expect(counts.reduce((sum, count) => sum + count)).toBe(40);
    });

    it('are skipped while somebody invites the user again', async () => {
      const userId = await invite();
      const [invited, seen] = [new Signal(), new Signal()];
      const inviting = services.dataSource.transaction(async () => {
        const { token } = await organizations().invite({ customerProfileId: profile.id, userId });
        invited.give();
        await seen.given;
        return token;
      });
      await invited.given;
      await expect(organizations().expireInvitations()).resolves.toBe(0);
      seen.give();
      const token = await inviting;
      await expect(organizations().expireInvitations()).resolves.toBe(0);
      await expect(organizations().accept(token)).resolves.toMatchObject({ userId });
    });
  });
});
