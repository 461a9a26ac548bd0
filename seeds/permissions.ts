/** The slugs of the product's permissions (`resource:action`), each with its description. */
export const permissions: Readonly<Record<string, string>> = {
  'users:read': 'See every user of the platform.',
  'users:create': 'Create users.',
  'users:update': 'Change any user.',
  'users:delete': 'Delete users and everything that belongs to them.',

  'roles:read': 'See roles and the permissions that they give.',
  'roles:create': 'Create roles.',
  'roles:update': 'Change roles and the permissions that they give, and give roles to users.',
  'roles:delete': 'Delete roles.',

  'customers:read': 'See every customer of the platform.',
  'customers:create': 'Create customers.',
  'customers:update': 'Change any customer.',
  'customers:delete': 'Delete customers with their venues, systems and songs.',

  'audit:read': 'See who changed what, and when.',
  'audit:restore': 'Put a record back to what it was at an earlier time.',

  'organization:read': "See the organization's profile and its members.",
  'organization:update': "Change the organization's profile.",
  'organization:invite': 'Invite people into the organization.',
  'organization:manage': "Change members' roles and permissions, suspend and remove members.",

  'venues:read': 'See venues.',
  'venues:create': 'Create venues.',
  'venues:update': 'Change venues, and open or close them for requests.',
  'venues:delete': 'Delete venues.',

  'systems:read': 'See karaoke systems.',
  'systems:create': 'Add karaoke systems.',
  'systems:update': 'Change karaoke systems.',
  'systems:delete': 'Remove karaoke systems.',

  'api_keys:read': 'See API keys, though never the keys themselves.',
  'api_keys:create': 'Create API keys.',
  'api_keys:update': 'Rename, rotate and suspend API keys.',
  'api_keys:delete': 'Revoke API keys.',

  'songdb:read': 'Search the song catalogue.',
  'songdb:import': 'Upload a song catalogue.',
  'songdb:update': 'Correct songs in the catalogue.',
  'songdb:delete': 'Remove songs from the catalogue, or clear it.',

  'requests:read': 'See song requests.',
  'requests:create': 'Request a song.',
  'requests:update': 'Mark requests as processed.',
  'requests:delete': 'Remove and clear requests.',

  'billing:read': 'See the subscription, invoices and payment details.',
  'billing:update': 'Change the subscription and the payment details.',

  'branding:read': 'See branding profiles and branded apps.',
  'branding:create': 'Create branding profiles and branded apps.',
  'branding:update': 'Change branding profiles, branded apps and their keys.',
  'branding:delete': 'Delete branding profiles and branded apps.',

  'singer_profile:read': "See one's own singer profile, favourites and request history.",
  'singer_profile:update': "Change one's own singer profile.",
  'favorites:create': 'Add songs and venues to favourites.',
  'favorites:delete': 'Remove favourites.',
};
