import type { RoleSlug } from './roles.js';
import type { DemoCredential } from './seed-report.js';

interface DemoAccount extends DemoCredential {
  readonly name: string;
  readonly role: RoleSlug;
}

/** Accounts with well-known passwords, for development. They are never created in production. */
export const demoAccounts = {
  admin: {
    label: 'Admin',
    name: 'Admin User',
    email: 'admin@singrkaraoke.com',
    password: 'Admin123!',
    role: 'admin',
  },
  customer: {
    label: 'Customer',
    name: 'Test Customer',
    email: 'customer@example.com',
    password: 'Customer123!',
    role: 'customer_owner',
  },
  singer: {
    label: 'Singer',
    name: 'Test Singer',
    email: 'singer@example.com',
    password: 'Singer123!',
    role: 'singer',
  },
} as const satisfies Record<string, DemoAccount>;

export type { DemoAccount };
