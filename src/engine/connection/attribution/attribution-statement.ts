import type { LeadingStatement } from '../../driver/batched-query.js';
import type { Attribution } from '../../actor/actor-context.js';

/** Makes the statement that tells PostgreSQL who writes. */
export type AttributionStatement = (attribution: Attribution | undefined) => LeadingStatement;

const attributes = ['app.current_user_id', 'app.actor_name', 'app.request_id', 'app.route'];

/**
 * Sets the attribution and the given settings until the transaction ends. Every attribute is set each time,
 * also when it is empty, so that nothing of an earlier attribution remains. `set_config` is called with its
 * schema, because the search path may have another function of that name first.
 */
export function attributionStatement(settings: Record<string, string> = {}): AttributionStatement {
  const names = [...attributes, ...Object.keys(settings)];
  const calls = names.map((name, index) => `pg_catalog.set_config('${name}', $${index + 1}, true)`);
  const text = `SELECT ${calls.join(', ')}`;
  const others = Object.values(settings);
  return ({ actor, requestId = '', route = '' } = {}) => {
    const userId = actor !== undefined && 'userId' in actor ? actor.userId : '';
    const name = actor !== undefined && 'name' in actor ? actor.name : '';
    return { text, values: [userId, name, requestId, route, ...others] };
  };
}
