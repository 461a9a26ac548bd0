export { CustomerCopyDiffersError, CustomerMoveError } from './errors.js';
export { moveCustomer, type MoveCustomerOptions, type MovedCustomer } from './move-customer.js';
