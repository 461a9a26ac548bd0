import type { ThrottlerModuleOptions } from '@nestjs/throttler';

const quarterOfAnHour = 15 * 60 * 1000;

interface SignInRequest {
  readonly ip?: string;
  readonly body?: { readonly email?: unknown };
}

/**
 * How often somebody may try to sign in: from one address, who may try many accounts, and to one account,
 * which may be tried from many addresses. Counted in this process; several need a store that they share.
 */
export const signInLimits: ThrottlerModuleOptions = {
  errorMessage: 'Too many attempts to sign in. Try again in a quarter of an hour.',
  throttlers: [
    {
      name: 'address',
      limit: 100,
      ttl: quarterOfAnHour,
      getTracker: ({ ip }: SignInRequest) => ip ?? '',
    },
    {
      name: 'account',
      limit: 20,
      ttl: quarterOfAnHour,
      getTracker: ({ body }: SignInRequest) => accountOf(body?.email),
    },
  ],
};

/** All spellings under which one account is found are one: the guard comes before the schema. */
function accountOf(email: unknown): string {
  return typeof email === 'string'
    ? email.trim().normalize('NFKC').toLowerCase().slice(0, 254)
    : '';
}
