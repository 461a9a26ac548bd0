import type { RequestResolvers } from './origins/execution-origin.js';
import type { TransactionOptions } from '../transaction/run-in-transaction.js';

export const REQUEST_OPTIONS = Symbol('singr:request-options');

/** How requests get their actor and their transaction. */
export interface RequestOptions extends RequestResolvers {
  readonly transaction: Pick<TransactionOptions, 'isolationLevel' | 'retries'>;
}
