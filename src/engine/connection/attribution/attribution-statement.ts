import type { LeadingStatement } from '../../driver/batched-query.js';
import type { Attribution } from '../../actor/actor-context.js';

/** Makes the statement that tells PostgreSQL who writes. */
export type AttributionStatement = (attribution: Attribution | undefined) => LeadingStatement;

const attributes = ['app.current_user_id', 'app.actor_name', 'app.request_id', 'app.route'];

/** Attributes that few writes have. */
const extras = ['app.on_behalf_of', 'app.reason', 'app.context'];

interface Options {
  /** Other settings, with their values. */
  readonly settings?: Record<string, string>;
  /**
   * Whether the transaction may have an earlier attribution. If not, extras that are empty are left out: a
   * setting takes time at each transaction.
   */
  readonly mayReplace: boolean;
}

/**
 * Sets the attribution and the given settings until the transaction ends. Attributes are also set when they are
 * empty, so that nothing of an earlier attribution remains.
 */
export function attributionStatement({ settings = {}, mayReplace }: Options): AttributionStatement {
  const others = Object.values(settings);
  const plain = setting([...attributes, ...Object.keys(settings)]);
  const whole = setting([...attributes, ...Object.keys(settings), ...extras]);
  return (attribution = {}) => {
    const { actor, requestId = '', route = '' } = attribution;
    const userId = actor !== undefined && 'userId' in actor ? actor.userId : '';
    const name = actor !== undefined && 'name' in actor ? actor.name : '';
    const values = [userId, name, requestId, route, ...others];
    const more = extrasOf(attribution);
    return mayReplace || more.some((value) => value !== '')
      ? { text: whole, values: [...values, ...more] }
      : { text: plain, values };
  };
}

/** The values of `extras`. */
function extrasOf({ actor, reason = '', context }: Attribution): string[] {
  const subject = actor?.onBehalfOf?.userId ?? '';
  return [subject, reason, context === undefined ? '' : JSON.stringify(context)];
}

/** `set_config` is called with its schema, because the search path may have another function of that name first. */
function setting(names: readonly string[]): string {
  const calls = names.map((name, index) => `pg_catalog.set_config('${name}', $${index + 1}, true)`);
  return `SELECT ${calls.join(', ')}`;
}
