import { demoAccounts } from '@singr/database';
import { z } from 'zod';

export const beginSchema = z.strictObject({
  email: z
    .string()
    .trim()
    .min(1)
    .max(254)
    .describe("The customer's e-mail address.")
    .meta({ example: demoAccounts.customer.email }),
  reason: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .describe('Why; every change that follows has it in the trail.')
    .meta({ example: 'The customer asked by phone, ticket 4711' }),
});
export type Begin = z.output<typeof beginSchema>;

export const impersonationSchema = z.object({
  userId: z.uuid().describe('The user on whose behalf the session acts.'),
  reason: z.string(),
  endsAt: z.iso.datetime(),
});
