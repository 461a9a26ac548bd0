import { randomUUID } from 'node:crypto';
import {
  Permission,
  PermissionRepository,
  Role,
  RolePermission,
  RoleService,
  UserRole,
} from '@singr/database';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { createUser } from '../../support/fixtures.js';
import { atOnce, useServices } from '../../support/identity-services.js';

const database = useDatabase();
const services = useServices(database);

it('unites the permissions of all roles of a user, in one query', async () => {
  const { manager } = services.dataSource;
  const slugs = ['songs:read', 'songs:update', 'songs:delete'].map(
    (slug) => `${randomUUID()}-${slug}`,
  );
  const [read, update] = await manager.save(
    slugs.map((slug) => manager.create(Permission, { slug })),
  );
  const [one, two] = await manager.save(
    [randomUUID(), randomUUID()].map((slug) => manager.create(Role, { slug })),
  );
  await manager.insert(RolePermission, [
    { roleId: one!.id, permissionId: read!.id },
    { roleId: two!.id, permissionId: read!.id },
    { roleId: two!.id, permissionId: update!.id },
  ]);
  const user = await createUser(manager);
  await manager.insert(UserRole, [
    { userId: user.id, roleId: one!.id },
    { userId: user.id, roleId: two!.id },
  ]);
  const permissions = services.get(PermissionRepository);
  const queries = jest.spyOn(services.dataSource.queryLogger, 'succeeded');
  await expect(permissions.effectivePermissions(user.id)).resolves.toEqual(
    new Set([slugs[0], slugs[1]]),
  );
  expect(queries).toHaveBeenCalledTimes(1);
  queries.mockRestore();
  await expect(permissions.effectivePermissions(randomUUID())).resolves.toEqual(new Set());
  await expect(permissions.effectivePermissions('nobody')).resolves.toEqual(new Set());
});

describe('a global role', () => {
  const roles = () => services.get(RoleService);
  const createRole = () => {
    const { manager } = services.dataSource;
    return manager.save(manager.create(Role, { slug: randomUUID() }));
  };

  it('is given and taken back, and says whether that changed anything', async () => {
    const { manager } = services.dataSource;
    const [user, role] = [await createUser(manager), await createRole()];
    await expect(roles().setRole(user.id, role.slug, true)).resolves.toBe(true);
    await expect(roles().setRole(user.id, role.slug, true)).resolves.toBe(false);
    await expect(manager.findBy(UserRole, { userId: user.id })).resolves.toMatchObject([
      { roleId: role.id },
    ]);
    await expect(roles().setRole(user.id, role.slug, false)).resolves.toBe(true);
    await expect(roles().setRole(user.id, role.slug, false)).resolves.toBe(false);
    await expect(manager.countBy(UserRole, { userId: user.id })).resolves.toBe(0);
  });

  it('is of users and roles that exist', async () => {
    const [user, role] = [await createUser(services.dataSource.manager), await createRole()];
    for (const held of [true, false]) {
      for (const unknown of [randomUUID(), 'nobody']) {
        await expect(roles().setRole(unknown, role.slug, held)).rejects.toMatchObject({
          code: 'USER_NOT_FOUND',
        });
      }
      for (const unknown of ['none', 'no\0ne']) {
        await expect(roles().setRole(user.id, unknown, held)).rejects.toMatchObject({
          code: 'UNKNOWN_GRANT',
        });
      }
    }
  });

  describeOnServer('races', () => {
    it('is given once, however many do so', async () => {
      const [user, role] = [await createUser(services.dataSource.manager), await createRole()];
      const changes = await Promise.all(
        atOnce(10, () => roles().setRole(user.id, role.slug, true)),
      );
      expect(changes.filter(Boolean)).toHaveLength(1);
    });
  });
});
