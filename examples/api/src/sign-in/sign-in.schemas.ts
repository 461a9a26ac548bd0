import { z } from 'zod';
import { beginSchema } from '../impersonation/impersonation.schemas.js';

export const signInFormSchema = z.object({
  email: z.string().trim().min(1).max(254),
  password: z.string().min(1).max(1000),
  return: z.string().max(1000).optional(),
});
export type SignInForm = z.output<typeof signInFormSchema>;

/** The form has no fields when its button ends the acting. */
export const actingFormSchema = beginSchema.partial();
export type ActingForm = z.output<typeof actingFormSchema>;
