import type { ThrottlerModuleOptions } from '@nestjs/throttler';

const quarterOfAnHour = 15 * 60 * 1000;

interface SignInRequest {
  readonly ip?: string;
  readonly body?: { readonly email?: unknown };
}

/**
 * Limits attempts to sign in: from one address, which may try many accounts, and to one account, which may be
 * tried from many addresses. Attempts are counted in this process; several processes need a shared store.
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

/**
 * All spellings of an address count as one account. The guard runs before the schema, so it normalises the
 * address itself.
 */
function accountOf(email: unknown): string {
  return typeof email === 'string'
    ? email.trim().normalize('NFKC').toLowerCase().slice(0, 254)
    : '';
}
