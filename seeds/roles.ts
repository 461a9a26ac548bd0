import { permissions } from './permissions.js';

export interface RoleDefinition {
  readonly description: string;
  /** The slugs of the permissions that the role gives. */
  readonly permissions: readonly string[];
}

/** The resources that a customer's owner works with. */
const customerResources = [
  'venues',
  'systems',
  'api_keys',
  'songdb',
  'requests',
  'organization',
  'billing',
  'branding',
];

/** The roles of the package, by slug. */
export const roles = {
  admin: {
    description: 'Runs the platform: may do everything, for every customer.',
    permissions: Object.keys(permissions),
  },
  customer_owner: {
    description:
      'Owns a karaoke business: runs its venues, systems, songs, people, billing and branding.',
    permissions: Object.keys(permissions).filter((slug) =>
      customerResources.includes(slug.split(':')[0]!),
    ),
  },
  singer: {
    description: 'Sings: finds venues and songs, sends requests, and keeps favourites.',
    permissions: [
      'venues:read',
      'songdb:read',
      'requests:create',
      'singer_profile:read',
      'singer_profile:update',
      'favorites:create',
      'favorites:delete',
    ],
  },
} as const satisfies Record<string, RoleDefinition>;

export type RoleSlug = keyof typeof roles;
