import pg from 'pg';
import { singr } from '../package-under-test.js';
import { addPeople, id, unaudited, userId } from '../data/fixtures.js';
import { faster, type Figure } from '../figure.js';
import { interleaved, medians } from '../measure.js';
import { startModule } from '../peers/module.js';
import { startPlainTypeOrm } from '../peers/plain-typeorm.js';
import { startPrisma } from '../peers/prisma.js';
import type { Row } from '../row.js';

const people = 200;

export const relationsRow: Row = {
  number: 7,
  title: 'Rows with their relations, and permissions',
  about:
    'The newest 100 requests of 10,000 with their venue and singer, as objects; and what a user with 3 roles of 25 permissions each may do.',
  async run({ databases, size }) {
    const url = await databases.create('relations');
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await addPeople(client, people);
    await unaudited(client, () => client.query(requestsAndRoles));

    const app = await startModule(url);
    const requests = app.get(singr.RequestRepository);
    const permissions = app.get(singr.PermissionRepository);
    const plain = await startPlainTypeOrm(url);
    const prisma = startPrisma(url);
    const repeat = (work: (place: number) => Promise<unknown>) => {
      const times = size(60, 3);
      return async () => {
        const start = performance.now();
        for (let place = 0; place < times; place++) await work(place);
        return (performance.now() - start) / times;
      };
    };
    const latest = {
      relations: { venue: true, singerProfile: true },
      order: { id: 'DESC' },
      take: 100,
    } as const;

    const lists = medians(
      await interleaved(size(9, 1), {
        'hand-written pg': repeat(() => client.query(joined)),
        'plain TypeORM': repeat(() => plain.getRepository(singr.Request).find(latest)),
        Prisma: repeat(() =>
          prisma.request.findMany({
            include: { venue: true, singerProfile: true },
            orderBy: { id: 'desc' },
            take: 100,
          }),
        ),
        'module, find()': repeat(() => requests.find(latest)),
        module: repeat(() => requests.findNewest(100)),
      }),
    );
    const rights = medians(
      await interleaved(size(9, 1), {
        'hand-written pg': repeat((place) => client.query(granted, [userId(place % people)])),
        Prisma: repeat(async (place) => {
          const user = await prisma.user.findUnique({
            where: { id: userId(place % people) },
            include: {
              userRoles: {
                include: {
                  role: { include: { rolePermissions: { include: { permission: true } } } },
                },
              },
            },
          });
          return new Set(
            user!.userRoles.flatMap(({ role }) =>
              role.rolePermissions.map(({ permission }) => permission.slug),
            ),
          );
        }),
        module: repeat((place) => permissions.effectivePermissions(userId(place % people))),
      }),
    );

    await app.close();
    await Promise.all([plain.destroy(), prisma.$disconnect(), client.end()]);
    await databases.drop(url);
    const figures: Figure[] = [
      {
        work: '100 requests with venue and singer',
        unit: 'ms',
        values: lists,
        targets: [faster('Prisma', lists.module, lists.Prisma, 1.5)],
      },
      {
        work: 'effective permissions of a user',
        unit: 'ms',
        values: rights,
        targets: [faster('Prisma', rights.module, rights.Prisma, 1.5)],
      },
    ];
    return { figures };
  },
};

const uuid = (kind: number, number: string) =>
  `(left('${id(kind, 0)}', 24) || lpad((${number})::text, 12, '0'))::uuid`;

const requestsAndRoles = `
  INSERT INTO requests (venues_id, singer_profiles_id, submitted_by_users_id, artist, title)
    SELECT ${uuid(4, `n % ${people}`)}, ${uuid(3, `n % ${people}`)}, ${uuid(1, `n % ${people}`)},
      'Artist ' || n % 1000, 'Title ' || n
    FROM generate_series(1, 10000) n;
  INSERT INTO roles (roles_id, slug) SELECT ${uuid(6, 'n')}, 'role-' || n FROM generate_series(0, 9) n;
  INSERT INTO permissions (permissions_id, slug)
    SELECT ${uuid(7, 'n')}, 'thing' || n / 4 || ':' || n % 4 FROM generate_series(0, 99) n;
  INSERT INTO role_permissions (roles_id, permissions_id)
    SELECT ${uuid(6, 'role')}, ${uuid(7, '(role * 9 + n) % 100')}
    FROM generate_series(0, 9) role, generate_series(0, 24) n;
  INSERT INTO user_roles (users_id, roles_id)
    SELECT ${uuid(1, 'holder')}, ${uuid(6, '(holder + n * 3) % 10')}
    FROM generate_series(0, ${people - 1}) holder, generate_series(0, 2) n;
  ANALYZE;
`;

const joined = `
  SELECT * FROM requests r JOIN venues v USING (venues_id) LEFT JOIN singer_profiles s USING (singer_profiles_id)
  ORDER BY r.requests_id DESC LIMIT 100`;

const granted = `
  SELECT DISTINCT p.slug FROM user_roles u JOIN role_permissions r USING (roles_id)
  JOIN permissions p USING (permissions_id) WHERE u.users_id = $1`;
