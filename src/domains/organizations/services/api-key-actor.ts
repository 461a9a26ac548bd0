import type { NamedActor } from '../../../engine/actor/actor.js';
import type { ApiKey } from '../entities/api-key.entity.js';

/**
 * The actor of writes that are made with a customer's key: the key's id and the customer profile's id.
 * Descriptions and names can change; the audit trail of the key's row keeps their former values.
 */
export function apiKeyActor({
  id,
  customerProfileId,
}: Pick<ApiKey, 'id' | 'customerProfileId'>): NamedActor {
  return { name: `API key ${id} of customer ${customerProfileId}` };
}
