import type { NamedActor } from '../../../engine/actor/actor.js';
import type { ApiKey } from '../entities/api-key.entity.js';

/**
 * A customer's program as the actor of what it writes: which key it used, and whose. Both by their ids,
 * because descriptions and names change, and the trail of the key's row tells what they were.
 */
export function apiKeyActor({
  id,
  customerProfileId,
}: Pick<ApiKey, 'id' | 'customerProfileId'>): NamedActor {
  return { name: `API key ${id} of customer ${customerProfileId}` };
}
