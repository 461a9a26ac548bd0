import type { NamedActor } from '../../../engine/actor/actor.js';
import type { BrandedAppApiKey } from '../entities/branded-app-api-key.entity.js';

/** The actor of writes that are made with a white-label app's key: the key's id and the app's id. */
export function brandedAppKeyActor({
  id,
  brandedAppId,
}: Pick<BrandedAppApiKey, 'id' | 'brandedAppId'>): NamedActor {
  return { name: `API key ${id} of branded app ${brandedAppId}` };
}
