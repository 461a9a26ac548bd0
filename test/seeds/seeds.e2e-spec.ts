import { verifyPassword } from '../../src/domains/identity/passwords/password-hashing.js';
import { useDatabase } from '../support/database.js';
import { useSeedApp } from './seed-app.js';

const database = useDatabase();
const app = useSeedApp(database);

beforeAll(async () => {
  await app.seed();
});

describe('the seeds', () => {
  it('make three roles of the product, and say what each is for', async () => {
    const roles = await database.query('SELECT slug, description, is_system FROM roles ORDER BY 1');
    expect(roles.map(({ slug }) => slug)).toEqual(['admin', 'customer_owner', 'singer']);
    for (const { description, is_system } of roles) {
      expect(description).toMatch(/^[A-Z].{20,}\.$/);
      expect(is_system).toBe(true);
    }
  });

  it('make permissions named resource:action, and say what each allows', async () => {
    const permissions = await database.query('SELECT slug, description FROM permissions');
    expect(permissions.length).toBeGreaterThan(40);
    for (const { slug, description } of permissions) {
      expect(slug).toMatch(/^[a-z_]+:[a-z]+$/);
      expect(description).toMatch(/^[A-Z].{8,}\.$/);
    }
  });

  it('give every permission to the administrator', async () => {
    const all = await database.query('SELECT slug FROM permissions ORDER BY 1');
    expect(await permissionsOf('admin')).toEqual(all.map(({ slug }) => slug));
  });

  it('give a customer’s owner what belongs to a business, and no more', async () => {
    const resources = (await permissionsOf('customer_owner')).map((slug) => slug.split(':')[0]);
    expect([...new Set(resources)].sort()).toEqual([
      'api_keys',
      'billing',
      'branding',
      'organization',
      'requests',
      'songdb',
      'systems',
      'venues',
    ]);
  });

  it('give a singer what it takes to sing', async () => {
    expect(await permissionsOf('singer')).toEqual([
      'favorites:create',
      'favorites:delete',
      'requests:create',
      'singer_profile:read',
      'singer_profile:update',
      'songdb:read',
      'venues:read',
    ]);
  });

  it('make the platform’s branding', async () => {
    const branding = await database.query(
      `SELECT name, owner_id, status, powered_by_singr, color_palette FROM branding_profiles
       WHERE owner_type = 'platform'`,
    );
    expect(branding).toEqual([
      {
        name: 'Singr Default',
        owner_id: null,
        status: 'active',
        powered_by_singr: true,
        color_palette: { primary: '#6366F1', secondary: '#8B5CF6', accent: '#EC4899' },
      },
    ]);
  });

  it.each([
    ['admin@singrkaraoke.com', 'Admin123!', 'admin'],
    ['customer@example.com', 'Customer123!', 'customer_owner'],
    ['singer@example.com', 'Singer123!', 'singer'],
  ])('make %s, with the password %s and the role %s', async (email, password, role) => {
    const users = await database.query(
      `SELECT password_hash, password_algo, is_email_verified, slug FROM users
       JOIN user_roles USING (users_id) JOIN roles USING (roles_id) WHERE email = $1`,
      [email],
    );
    expect(users).toEqual([
      {
        password_hash: expect.stringMatching(/^\$argon2id\$v=19\$m=19456,(t=2,p=1|p=1,t=2)\$/),
        password_algo: 'argon2id',
        is_email_verified: true,
        slug: role,
      },
    ]);
    await expect(verifyPassword(users[0].password_hash, password)).resolves.toBe(true);
    await expect(verifyPassword(users[0].password_hash, `${password}!`)).resolves.toBe(false);
  });

  it('make a singer’s and a customer’s profile', async () => {
    await expect(
      database.query(
        'SELECT email, nickname, preferences FROM singer_profiles JOIN users USING (users_id)',
      ),
    ).resolves.toEqual([
      {
        email: 'singer@example.com',
        nickname: 'RockStar',
        preferences: { language: 'en', notificationsEnabled: true },
      },
    ]);
    await expect(
      database.query(
        `SELECT email, legal_business_name, contact_email, timezone
         FROM customer_profiles JOIN users USING (users_id)`,
      ),
    ).resolves.toEqual([
      {
        email: 'customer@example.com',
        legal_business_name: 'Test Karaoke LLC',
        contact_email: 'customer@example.com',
        timezone: 'America/New_York',
      },
    ]);
  });

  it('make a venue that stands in Nashville', async () => {
    const venues = await database.query(
      `SELECT url_name, name, city, state, accepting_requests, openkj_venue_id,
              ST_AsText(location::geometry) AS location, legal_business_name
       FROM venues JOIN customer_profiles USING (customer_profiles_id)`,
    );
    expect(venues).toEqual([
      {
        url_name: 'test-karaoke-bar',
        name: 'Test Karaoke Bar',
        city: 'Nashville',
        state: 'TN',
        accepting_requests: true,
        openkj_venue_id: 1001,
        location: 'POINT(-86.7816 36.1627)',
        legal_business_name: 'Test Karaoke LLC',
      },
    ]);
  });

  it('make a system with three songs', async () => {
    const songs = await database.query(
      `SELECT systems.name AS system, combined, normalized_combined
       FROM songdb JOIN systems USING (customer_profiles_id, openkj_system_id) ORDER BY combined`,
    );
    expect(songs).toEqual(
      ['Elton John - Rocket Man', 'Queen - Bohemian Rhapsody', 'The Beatles - Hey Jude'].map(
        (combined) => ({
          system: 'Test Karaoke System',
          combined,
          normalized_combined: combined.toLowerCase(),
        }),
      ),
    );
  });

  it('are in the trail as written by "seed"', async () => {
    const writers = await database.query(
      'SELECT DISTINCT actor_name, user_id, operation FROM audit_logs',
    );
    expect(writers).toEqual([{ actor_name: 'seed', user_id: null, operation: 'INSERT' }]);
  });

  it('end with the demo accounts in the log', () => {
    expect(app.logger.messages('log', 'Seed').slice(-4)).toEqual([
      'Demo accounts:',
      '  Admin: admin@singrkaraoke.com / Admin123!',
      '  Customer: customer@example.com / Customer123!',
      '  Singer: singer@example.com / Singer123!',
    ]);
  });
});

async function permissionsOf(role: string): Promise<string[]> {
  const rows = await database.query<{ slug: string }>(
    `SELECT p.slug FROM role_permissions JOIN roles r USING (roles_id)
     JOIN permissions p USING (permissions_id) WHERE r.slug = $1 ORDER BY 1`,
    [role],
  );
  return rows.map(({ slug }) => slug);
}
