import type { NamedActor } from '../../../engine/actor/actor.js';
import type { BrandedAppApiKey } from '../entities/branded-app-api-key.entity.js';

/** A white-label app as the actor of what it writes: which key it used, and which app it is. */
export function brandedAppKeyActor({
  id,
  brandedAppId,
}: Pick<BrandedAppApiKey, 'id' | 'brandedAppId'>): NamedActor {
  return { name: `API key ${id} of branded app ${brandedAppId}` };
}
