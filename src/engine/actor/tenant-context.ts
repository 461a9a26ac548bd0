import { currentAttribution, runForTenants } from './actor-context.js';
import { checkTenants, type ResolvedTenants, type Tenants } from './tenants.js';

/**
 * The tenants of the running code. They follow every `await`, and stay when `ActorContext.run()` changes the
 * actor.
 *
 * The module sets those of HTTP requests, messages and socket events, by the option `tenancy.resolve`. Jobs,
 * commands and scripts set theirs with `run()`. Code without any reads and writes no row of an isolated table.
 */
export const TenantContext = {
  /**
   * Runs `work` for one tenant, several, or `all`; with an empty list, for somebody who belongs to none. After
   * that, the outer tenants are back, also when both are in the same transaction.
   *
   * @throws MalformedTenantsError before `work` starts
   */
  run<T>(tenants: Exclude<ResolvedTenants, undefined | null>, work: () => T): T {
    return runForTenants(checkTenants(tenants), work);
  },

  /** The tenants whose rows the running code may read and write; undefined when none are set. */
  current(): Tenants | undefined {
    return currentAttribution()?.tenants;
  },
};
