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
import { inTurn } from '../../support/in-turn.js';

const database = useDatabase();
const services = useServices(database);

it('combines the permissions of all roles of a user, in one query', async () => {
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

const roles = () => services.get(RoleService);

function createRole(): Promise<Role> {
  const { manager } = services.dataSource;
  return manager.save(manager.create(Role, { slug: randomUUID() }));
}

describe('a global role', () => {
  it('is given and withdrawn, and the result says whether that changed anything', async () => {
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

  it('requires an existing user and role', async () => {
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
    it('is given once by concurrent calls', async () => {
      const [user, role] = [await createUser(services.dataSource.manager), await createRole()];
      const changes = await Promise.all(
        atOnce(10, () => roles().setRole(user.id, role.slug, true)),
      );
      expect(changes.filter(Boolean)).toHaveLength(1);
    });
  });
});

describe('the permissions of a role', () => {
  /** Creates permissions with these names, and returns their slugs. */
  async function createPermissions(...names: string[]): Promise<string[]> {
    const { manager } = services.dataSource;
    const slugs = names.map((name) => `${randomUUID()}:${name}`).sort();
    await manager.insert(
      Permission,
      slugs.map((slug) => ({ slug })),
    );
    return slugs;
  }

  async function permissionsOf({ id }: Role): Promise<string[]> {
    const rows = await database.query<{ slug: string }>(
      `SELECT slug FROM role_permissions JOIN permissions USING (permissions_id)
       WHERE roles_id = $1 ORDER BY slug COLLATE "C"`,
      [id],
    );
    return rows.map(({ slug }) => slug);
  }

  it('are those that were set last, and the result has the changes', async () => {
    const [role, [a, b, c]] = [await createRole(), await createPermissions('a', 'b', 'c')];
    await expect(roles().setPermissions(role.slug, [b!, a!, b!])).resolves.toEqual({
      granted: [a, b],
      withdrawn: [],
    });
    await expect(roles().setPermissions(role.slug, [b!, c!])).resolves.toEqual({
      granted: [c],
      withdrawn: [a],
    });
    await expect(roles().setPermissions(role.slug, [c!, b!])).resolves.toEqual({
      granted: [],
      withdrawn: [],
    });
    expect(await permissionsOf(role)).toEqual([b, c]);
    await roles().setPermissions(role.slug, []);
    expect(await permissionsOf(role)).toEqual([]);
  });

  it('keep unchanged rows, which are not recorded again', async () => {
    const [role, [a, b]] = [await createRole(), await createPermissions('a', 'b')];
    const { manager } = services.dataSource;
    await roles().setPermissions(role.slug, [a!]);
    const [kept] = await manager.findBy(RolePermission, { roleId: role.id });
    await roles().setPermissions(role.slug, [a!, b!]);
    await expect(manager.findBy(RolePermission, { roleId: role.id })).resolves.toContainEqual(kept);
  });

  it('do not change when a slug is unknown, and the error names all unknown slugs', async () => {
    const [role, [a, b]] = [await createRole(), await createPermissions('a', 'b')];
    await roles().setPermissions(role.slug, [a!]);
    const attempt = roles().setPermissions(role.slug, [b!, 'no:such', 'nor:this']);
    await expect(attempt).rejects.toMatchObject({
      code: 'UNKNOWN_GRANT',
      grant: 'no:such, nor:this',
      message: expect.stringContaining('permission no:such, nor:this'),
    });
    await expect(roles().setPermissions(role.slug, ['a\0'])).rejects.toMatchObject({
      code: 'UNKNOWN_GRANT',
    });
    for (const unknown of ['none', 'no\0ne']) {
      await expect(roles().setPermissions(unknown, [])).rejects.toMatchObject({
        code: 'UNKNOWN_GRANT',
      });
    }
    expect(await permissionsOf(role)).toEqual([a]);
  });

  describeOnServer('races', () => {
    it('are one of the sets of concurrent calls, never a mixture', async () => {
      const [a, b, c, d] = await createPermissions('a', 'b', 'c', 'd');
      const sets = [[a!, b!], [c!, d!], [b!, c!], [d!]];
      for (let round = 0; round < 5; round++) {
        const role = await createRole();
        await Promise.all(sets.map((set) => roles().setPermissions(role.slug, set)));
        expect(sets).toContainEqual(await permissionsOf(role));
      }
    });

    it('are those of the last call', async () => {
      const [role, [a, b]] = [await createRole(), await createPermissions('a', 'b')];
      const rows = {
        lock: 'SELECT FROM roles WHERE roles_id = $1 FOR UPDATE',
        parameters: [role.id],
      };
      const results = await inTurn(
        database,
        rows,
        () => roles().setPermissions(role.slug, [a!]),
        () => roles().setPermissions(role.slug, [b!]),
      );
      expect(results).toMatchObject([
        { value: { granted: [a], withdrawn: [] } },
        { value: { granted: [b], withdrawn: [a] } },
      ]);
      expect(await permissionsOf(role)).toEqual([b]);
    });
  });
});
