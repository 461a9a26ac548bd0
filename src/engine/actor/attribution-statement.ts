import type { LeadingStatement } from '../connection/led-query.js';
import type { Attribution } from './actor-context.js';

/** The statement that says who writes. */
export type AttributionStatement = (attribution: Attribution | undefined) => LeadingStatement;

const attributes = ['app.current_user_id', 'app.actor_name', 'app.request_id', 'app.route'];

/**
 * Sets who writes until the transaction ends, and besides these settings. All attributes are set each
 * time, empty ones as well: nothing that a connection was told before must be left. The function is named with
 * its schema: a search path may have another one of that name first.
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
