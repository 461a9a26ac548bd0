import { demoAccounts } from '@singr/database';
import { z } from 'zod';

export const signInSchema = z.strictObject({
  email: z
    .string()
    .trim()
    .min(1)
    .max(254)
    .describe('The e-mail address, in upper or lower case.')
    .meta({ example: demoAccounts.customer.email }),
  password: z.string().min(1).max(1000).meta({ example: demoAccounts.customer.password }),
});
export type SignIn = z.output<typeof signInSchema>;

export const openedSessionSchema = z.object({
  token: z.string().describe('The bearer token. It is shown this once: only its hash is stored.'),
  expiresAt: z.iso.datetime(),
});

export const currentSessionSchema = z.object({
  id: z.uuid(),
  email: z.string(),
  name: z.string().nullable(),
  customerProfileId: z.uuid().nullable().describe('The customer profile that the user owns.'),
  singerProfileId: z.uuid().nullable().describe("The user's singer profile."),
  impersonation: z
    .object({ by: z.string(), reason: z.string(), endsAt: z.iso.datetime() })
    .nullable()
    .describe('The administrator who acts for this user, why, and until when.'),
  permissions: z.array(z.string()).meta({ example: ['venues:read', 'venues:update'] }),
});
