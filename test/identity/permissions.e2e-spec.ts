import { randomUUID } from 'node:crypto';
import { Permission, PermissionRepository, Role, RolePermission, UserRole } from '@singr/database';
import { useDatabase } from '../support/database.js';
import { createUser } from '../support/fixtures.js';
import { useServices } from './services.js';

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
