import { randomUUID } from 'node:crypto';
import {
  AuditLog,
  CustomerProfile,
  OrganizationService,
  OrganizationUserPermission,
  OrganizationUserRepository,
  Permission,
  Role,
  RolePermission,
} from '@singr/database';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { createCustomerProfile, createUser } from '../../support/fixtures.js';
import { inTurn, untilWaiting } from '../../support/in-turn.js';
import { atOnce, outcomes, useServices } from '../../support/identity-services.js';
import { Signal } from '../../engine/transaction/control.js';

const database = useDatabase();
const services = useServices(database);
const organizations = () => services.get(OrganizationService);
const manager = () => services.dataSource.manager;

let profile: CustomerProfile;
let userId: string;

beforeEach(async () => {
  profile = await createCustomerProfile(manager());
  userId = (await createUser(manager())).id;
});

function invite(fields: object = {}) {
  return organizations().invite({ customerProfileId: profile.id, userId, ...fields });
}

async function createMember(fields: object = {}): Promise<void> {
  const { token } = await invite(fields);
  await organizations().accept(token);
}

async function createRole(...slugs: string[]): Promise<Role> {
  const role = await manager().save(manager().create(Role, { slug: randomUUID() }));
  for (const slug of slugs) {
    const { id: permissionId } = await manager().save(manager().create(Permission, { slug }));
    await manager().insert(RolePermission, { roleId: role.id, permissionId });
  }
  return role;
}

describe('inviting', () => {
  it('returns a token once, stores its hash, and is accepted once', async () => {
    const inviter = await createUser(manager());
    const role = await createRole();
    const { token, membership } = await invite({ invitedByUserId: inviter.id, roleId: role.id });
    expect(membership).toMatchObject({
      status: 'invited',
      userId,
      roleId: role.id,
      invitedByUserId: inviter.id,
    });
    expect(membership.invitationToken).not.toContain(token);
    const lifetime = membership.invitationExpiresAt!.getTime() - membership.createdAt.getTime();
    expect(lifetime).toBe(7 * 24 * 60 * 60 * 1000);
    await expect(organizations().accept(token)).resolves.toMatchObject({
      id: membership.id,
      status: 'active',
      invitationToken: null,
      invitationExpiresAt: null,
    });
    await expect(organizations().accept(token)).rejects.toMatchObject({
      code: 'INVITATION_INVALID',
    });
    const entry = await manager().findOneByOrFail(AuditLog, {
      recordId: membership.id,
      operation: 'UPDATE',
    });
    expect(entry.userId).toBe(userId);
  });

  it('again invalidates the earlier token, and keeps the role', async () => {
    const role = await createRole();
    const first = await invite({ roleId: role.id });
    const second = await invite();
    expect(second.membership).toMatchObject({ id: first.membership.id, roleId: role.id });
    await expect(organizations().accept(first.token)).rejects.toMatchObject({
      code: 'INVITATION_INVALID',
    });
    await organizations().accept(second.token);
    await expect(invite()).rejects.toMatchObject({
      code: 'MEMBERSHIP_TRANSITION',
      from: 'active',
      to: 'invited',
    });
  });

  it('does not restore the permissions of a revoked member', async () => {
    const role = await createRole();
    await createMember({ roleId: role.id });
    const { membership } = await invite().catch(async () => {
      await organizations().revoke(profile.id, userId);
      return invite();
    });
    expect(membership).toMatchObject({ status: 'invited', roleId: null });
  });

  it('can expire, and is valid only for the invited user', async () => {
    const { token } = await invite();
    await expect(organizations().accept(token, randomUUID())).rejects.toMatchObject({
      code: 'INVITATION_INVALID',
    });
    const expired = await invite({ lifetime: 1 });
    await new Promise((resolve) => setTimeout(resolve, 20));
    await expect(organizations().accept(expired.token, userId)).rejects.toMatchObject({
      code: 'INVITATION_INVALID',
    });
    const again = await invite();
    await expect(organizations().accept(again.token, userId.toUpperCase())).resolves.toMatchObject({
      userId,
    });
  });

  it('refuses the owner, however the id is written', async () => {
    for (const owner of [profile.userId, profile.userId.toUpperCase()]) {
      await expect(
        organizations().invite({ customerProfileId: profile.id, userId: owner }),
      ).rejects.toMatchObject({ code: 'OWNER_IS_NO_MEMBER' });
    }
  });

  it('refuses unknown rows, and the owner', async () => {
    for (const unknown of [randomUUID(), 'nobody']) {
      await expect(invite({ customerProfileId: unknown })).rejects.toMatchObject({
        code: 'CUSTOMER_PROFILE_NOT_FOUND',
      });
      await expect(invite({ userId: unknown })).rejects.toMatchObject({ code: 'USER_NOT_FOUND' });
      await expect(invite({ invitedByUserId: unknown })).rejects.toMatchObject({
        code: 'USER_NOT_FOUND',
        userId: unknown,
      });
      await expect(invite({ roleId: unknown })).rejects.toMatchObject({ code: 'UNKNOWN_GRANT' });
    }
    await expect(invite({ userId: profile.userId })).rejects.toMatchObject({
      code: 'OWNER_IS_NO_MEMBER',
    });
    await expect(invite({ lifetime: -1 })).rejects.toMatchObject({ code: 'INVALID_LIFETIME' });
  });
});

describe('the status of a member', () => {
  type Step = 'suspend' | 'reactivate' | 'revoke';
  const go = (step: Step) => organizations()[step](profile.id, userId);

  it.each<[start: string, steps: Step[], outcome: object]>([
    ['active', ['suspend'], { status: 'suspended' }],
    ['active', ['suspend', 'reactivate'], { status: 'active' }],
    ['active', ['revoke'], { status: 'revoked' }],
    ['active', ['suspend', 'revoke'], { status: 'revoked' }],
    ['invited', ['revoke'], { status: 'revoked', invitationToken: null }],
    ['active', ['reactivate'], { code: 'MEMBERSHIP_TRANSITION', from: 'active', to: 'active' }],
    ['active', ['suspend', 'suspend'], { code: 'MEMBERSHIP_TRANSITION', from: 'suspended' }],
    ['invited', ['suspend'], { code: 'MEMBERSHIP_TRANSITION', from: 'invited', to: 'suspended' }],
    ['invited', ['reactivate'], { code: 'MEMBERSHIP_TRANSITION', from: 'invited', to: 'active' }],
    ['active', ['revoke', 'reactivate'], { code: 'MEMBERSHIP_TRANSITION', from: 'revoked' }],
    ['active', ['revoke', 'revoke'], { code: 'MEMBERSHIP_TRANSITION', from: 'revoked' }],
    ['nobody', ['suspend'], { code: 'MEMBERSHIP_NOT_FOUND' }],
  ])('from %s by %j', async (start, steps, outcome) => {
    if (start === 'active') await createMember();
    if (start === 'invited') await invite();
    const last = steps.pop()!;
    for (const step of steps) await go(step);
    const result: unknown = await go(last).catch((error: unknown) => error);
    expect(result).toMatchObject(outcome);
  });

  it('cannot be changed by another customer', async () => {
    await createMember();
    const other = await createCustomerProfile(manager());
    await expect(organizations().revoke(other.id, userId)).rejects.toMatchObject({
      code: 'MEMBERSHIP_NOT_FOUND',
    });
    const members = services.get(OrganizationUserRepository);
    await expect(members.findMembership(other.id, userId)).resolves.toBeNull();
    await expect(members.findMembership('x', userId)).resolves.toBeNull();
  });
});

describe('lists', () => {
  const members = () => services.get(OrganizationUserRepository);

  it("have an organization's members with their roles, and no secrets", async () => {
    const role = await createRole();
    await createMember({ roleId: role.id });
    const invited = await createUser(manager(), { passwordHash: 'secret' });
    await invite({ userId: invited.id });
    const revoked = await createUser(manager());
    await invite({ userId: revoked.id });
    await organizations().revoke(profile.id, revoked.id);

    const found = await members().findMembers(profile.id);
    expect(found).toMatchObject([
      { status: 'active', user: { id: userId }, role: { slug: role.slug } },
      { status: 'invited', user: { id: invited.id, email: invited.email }, role: null },
    ]);
    expect(JSON.stringify(found)).not.toContain('secret');
    await expect(members().findMembers('x')).resolves.toEqual([]);
  });

  it("have a user's organizations", async () => {
    await createMember();
    const other = await createCustomerProfile(manager(), { dbaName: 'The other one' });
    await organizations().invite({ customerProfileId: other.id, userId });
    await expect(members().findOrganizations(userId)).resolves.toMatchObject([
      { status: 'active', customerProfile: { id: profile.id } },
      { status: 'invited', customerProfile: { dbaName: 'The other one' } },
    ]);
    await organizations().revoke(other.id, userId);
    await expect(members().findOrganizations(userId)).resolves.toHaveLength(1);
    await expect(members().findOrganizations('x')).resolves.toEqual([]);
  });
});

describe('effective permissions', () => {
  it("are those of the role and the member's own, while active, in one query", async () => {
    const [one, two, three] = [randomUUID(), randomUUID(), randomUUID()];
    const role = await createRole(one, two);
    const own = await manager().save(manager().create(Permission, { slug: three }));
    const permissions = () => organizations().effectivePermissions(profile.id, userId);
    const { token, membership } = await invite({ roleId: role.id });
    await manager().insert(OrganizationUserPermission, {
      organizationUserId: membership.id,
      permissionId: own.id,
    });
    await expect(permissions()).resolves.toEqual(new Set());
    await organizations().accept(token);
    const queries = jest.spyOn(services.dataSource.queryLogger, 'succeeded');
    await expect(permissions()).resolves.toEqual(new Set([one, two, three]));
    expect(queries).toHaveBeenCalledTimes(1);
    queries.mockRestore();
    await organizations().suspend(profile.id, userId);
    await expect(permissions()).resolves.toEqual(new Set());
    await organizations().revoke(profile.id, userId);
    await expect(
      manager().countBy(OrganizationUserPermission, { organizationUserId: membership.id }),
    ).resolves.toBe(0);
  });

  it('are all permissions for the owner, and none for others', async () => {
    const all = await manager().find(Permission);
    await expect(organizations().effectivePermissions(profile.id, profile.userId)).resolves.toEqual(
      new Set(all.map(({ slug }) => slug)),
    );
    const other = await createCustomerProfile(manager());
    await expect(organizations().effectivePermissions(other.id, profile.userId)).resolves.toEqual(
      new Set(),
    );
    await expect(organizations().effectivePermissions('x', 'y')).resolves.toEqual(new Set());
  });
});

describe('the permissions of a member', () => {
  const { permissions, setRole, setPermission } = {
    permissions: () => organizations().effectivePermissions(profile.id, userId),
    setRole: (roleId: string | null) => organizations().setRole(profile.id, userId, roleId),
    setPermission: (slug: string, granted: boolean) =>
      organizations().setPermission(profile.id, userId, slug, granted),
  };

  it('change with the role', async () => {
    const [one, two] = [randomUUID(), randomUUID()];
    await createMember({ roleId: (await createRole(one)).id });
    const { id: roleId } = await createRole(two);
    await expect(setRole(roleId)).resolves.toMatchObject({ roleId, status: 'active' });
    await expect(permissions()).resolves.toEqual(new Set([two]));
    await expect(setRole(null)).resolves.toMatchObject({ roleId: null });
    await expect(permissions()).resolves.toEqual(new Set());
  });

  it('include the member’s own permissions, each given once', async () => {
    const [one, two] = [randomUUID(), randomUUID()];
    await createMember({ roleId: (await createRole(one)).id });
    await manager().save(manager().create(Permission, { slug: two }));
    await expect(setPermission(two, true)).resolves.toBe(true);
    await expect(setPermission(two, true)).resolves.toBe(false);
    await expect(permissions()).resolves.toEqual(new Set([one, two]));
    await expect(setPermission(two, false)).resolves.toBe(true);
    await expect(setPermission(two, false)).resolves.toBe(false);
    // Permissions of the role are not the member's own.
    await expect(setPermission(one, false)).resolves.toBe(false);
    await expect(permissions()).resolves.toEqual(new Set([one]));
  });

  it('cannot be given to strangers or revoked members, nor if they do not exist', async () => {
    const { id: roleId } = await createRole('known-' + userId);
    const notFound = { code: 'MEMBERSHIP_NOT_FOUND' };
    await expect(setRole(roleId)).rejects.toMatchObject(notFound);
    await expect(setPermission('known-' + userId, true)).rejects.toMatchObject(notFound);
    await createMember();
    const unknown = { code: 'UNKNOWN_GRANT' };
    await expect(setRole(randomUUID())).rejects.toMatchObject(unknown);
    await expect(setRole('no uuid')).rejects.toMatchObject(unknown);
    await expect(setPermission('no-such', true)).rejects.toMatchObject(unknown);
    await expect(setPermission('zero\0byte', true)).rejects.toMatchObject(unknown);
    await organizations().revoke(profile.id, userId);
    await expect(setRole(roleId)).rejects.toMatchObject(notFound);
    await expect(setPermission('known-' + userId, true)).rejects.toMatchObject(notFound);
    await expect(organizations().setRole('x', userId, null)).rejects.toMatchObject(notFound);
  });
});

describeOnServer('races', () => {
  const membership = () =>
    services.get(OrganizationUserRepository).findMembership(profile.id, userId);
  const inTurnForMembership = (...work: (() => Promise<unknown>)[]) =>
    inTurn(
      database,
      {
        lock: 'SELECT FROM organization_users WHERE customer_profiles_id = $1 AND users_id = $2 FOR UPDATE',
        parameters: [profile.id, userId],
      },
      ...work,
    );
  const suspend = () => organizations().suspend(profile.id, userId);
  const revoke = () => organizations().revoke(profile.id, userId);
  const permissions = () => organizations().effectivePermissions(profile.id, userId);
  const wasRevoked = { reason: { code: 'MEMBERSHIP_TRANSITION', from: 'revoked' } };

  it('one of several acceptances of one invitation succeeds', async () => {
    const { token } = await invite();
    const accept = () => organizations().accept(token);
    const invalid = { reason: { code: 'INVITATION_INVALID' } };
    expect(await inTurnForMembership(accept, accept, accept)).toMatchObject([
      { value: { status: 'active' } },
      invalid,
      invalid,
    ]);
  });

  it('several invitations of one user leave one valid token', async () => {
    const { values } = await outcomes(atOnce(10, () => invite()));
    expect(values).toHaveLength(10);
    const accepted = await outcomes(values.map(({ token }) => organizations().accept(token)));
    expect(accepted.values).toHaveLength(1);
  });

  it('an invitation after an acceptance is refused', async () => {
    const { token } = await invite();
    expect(
      await inTurnForMembership(
        () => organizations().accept(token),
        () => invite(),
      ),
    ).toMatchObject([
      { value: { status: 'active' } },
      { reason: { code: 'MEMBERSHIP_TRANSITION', from: 'active', to: 'invited' } },
    ]);
    await expect(membership()).resolves.toMatchObject({ status: 'active' });
  });

  it('an invitation before an acceptance has the valid token', async () => {
    const { token } = await invite();
    let again = '';
    expect(
      await inTurnForMembership(
        async () => ({ token: again } = await invite()),
        () => organizations().accept(token),
      ),
    ).toMatchObject([
      { value: { membership: { status: 'invited' } } },
      { reason: { code: 'INVITATION_INVALID' } },
    ]);
    await expect(organizations().accept(again)).resolves.toMatchObject({ status: 'active' });
  });

  it('an acceptance and a revocation end with the revocation', async () => {
    const first = await invite();
    const acceptFirst = () => organizations().accept(first.token);
    expect(await inTurnForMembership(revoke, acceptFirst)).toMatchObject([
      { value: { status: 'revoked' } },
      { reason: { code: 'INVITATION_INVALID' } },
    ]);
    await expect(membership()).resolves.toMatchObject({ status: 'revoked' });
    const second = await invite();
    const acceptSecond = () => organizations().accept(second.token);
    expect(await inTurnForMembership(acceptSecond, revoke)).toMatchObject([
      { value: { status: 'active' } },
      { value: { status: 'revoked' } },
    ]);
    await expect(membership()).resolves.toMatchObject({ status: 'revoked' });
  });

  it('a suspension and a revocation end with the revocation', async () => {
    await createMember();
    expect(await inTurnForMembership(revoke, suspend)).toMatchObject([
      { value: { status: 'revoked' } },
      wasRevoked,
    ]);
    await expect(membership()).resolves.toMatchObject({ status: 'revoked' });
    await createMember();
    expect(await inTurnForMembership(suspend, revoke)).toMatchObject([
      { value: { status: 'suspended' } },
      { value: { status: 'revoked' } },
    ]);
    await expect(membership()).resolves.toMatchObject({ status: 'revoked' });
  });

  it('one of two revocations succeeds', async () => {
    await createMember();
    expect(await inTurnForMembership(revoke, revoke)).toMatchObject([
      { value: { status: 'revoked' } },
      wasRevoked,
    ]);
  });

  it('a role that is given while the member is revoked does not remain', async () => {
    const { id: roleId } = await createRole(randomUUID());
    const setRole = () => organizations().setRole(profile.id, userId, roleId);
    await createMember();
    expect(await inTurnForMembership(revoke, setRole)).toMatchObject([
      { value: { status: 'revoked' } },
      { reason: { code: 'MEMBERSHIP_NOT_FOUND' } },
    ]);
    await expect(membership()).resolves.toMatchObject({ status: 'revoked', roleId: null });
    await createMember();
    expect(await inTurnForMembership(setRole, revoke)).toMatchObject([
      { value: { roleId } },
      { value: { status: 'revoked' } },
    ]);
    await createMember();
    await expect(permissions()).resolves.toEqual(new Set());
  });

  it('a permission that is given while the member is revoked does not remain', async () => {
    const slug = randomUUID();
    await manager().save(manager().create(Permission, { slug }));
    const give = () => organizations().setPermission(profile.id, userId, slug, true);
    await createMember();
    expect(await inTurnForMembership(revoke, give)).toMatchObject([
      { value: { status: 'revoked' } },
      { reason: { code: 'MEMBERSHIP_NOT_FOUND' } },
    ]);
    await createMember();
    await expect(permissions()).resolves.toEqual(new Set());
  });

  it('a permission that is being deleted cannot be given', async () => {
    const slug = randomUUID();
    await manager().save(manager().create(Permission, { slug }));
    await createMember();
    const deletion = { lock: 'DELETE FROM permissions WHERE slug = $1', parameters: [slug] };
    const give = () => organizations().setPermission(profile.id, userId, slug, true);
    expect(await inTurn(database, deletion, give)).toMatchObject([
      { reason: { code: 'UNKNOWN_GRANT' } },
    ]);
  });

  it('a revocation waits for a permission that is being given, and deletes it', async () => {
    const slug = randomUUID();
    await manager().save(manager().create(Permission, { slug }));
    await createMember();
    const [given, committed] = [new Signal(), new Signal()];
    const giving = services.dataSource.transaction(async () => {
      await organizations().setPermission(profile.id, userId, slug, true);
      given.give();
      await committed.given;
    });
    await given.given;
    const revoking = revoke();
    await untilWaiting(database, 1);
    committed.give();
    await Promise.all([giving, revoking]);
    await createMember();
    await expect(permissions()).resolves.toEqual(new Set());
  });
});
