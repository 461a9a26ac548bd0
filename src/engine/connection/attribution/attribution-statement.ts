import type { AccompanyingStatement } from '../../driver/batched-query.js';
import type { Attribution } from '../../actor/actor-context.js';
import { settingOf } from '../../actor/tenants.js';

/** Makes the statement that tells PostgreSQL who writes. */
export type AttributionStatement = (attribution: Attribution | undefined) => AccompanyingStatement;

const attributes = ['app.current_user_id', 'app.actor_name', 'app.request_id', 'app.route'];

/** Attributes that few writes have. */
const extras = ['app.on_behalf_of', 'app.reason', 'app.context'];

interface Options {
  /** Other settings, with their values. */
  readonly settings?: Record<string, string>;
  /** Whether to send the tenants, which policies restrict the rows to. Default: false. */
  readonly sendsTenants?: boolean;
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
export function attributionStatement({
  settings = {},
  sendsTenants = false,
  mayReplace,
}: Options): AttributionStatement {
  const names = [...attributes, ...(sendsTenants ? ['app.tenants'] : []), ...Object.keys(settings)];
  const others = Object.values(settings);
  const plain = setting(names);
  const whole = setting([...names, ...extras]);
  return (attribution = {}) => {
    const { actor, requestId = '', route = '', tenants } = attribution;
    const name = actor !== undefined && 'name' in actor ? actor.name : '';
    const restriction = sendsTenants ? [settingOf(tenants)] : [];
    const values = [userIdOf(actor), name, requestId, route, ...restriction, ...others];
    const more = extrasOf(attribution);
    return mayReplace || more.some((value) => value !== '')
      ? { text: whole, values: [...values, ...more] }
      : { text: plain, values };
  };
}

/**
 * Makes the statement that restricts a read outside any transaction to the rows that the code may see. It sets
 * the user whose own rows these are, and nothing else of the attribution.
 *
 * @param role the role to read as; undefined for that of the login
 */
export function visibilityStatement(role: string | undefined): AttributionStatement {
  const text = setting([
    'app.current_user_id',
    'app.tenants',
    ...(role === undefined ? [] : ['role']),
  ]);
  const others = role === undefined ? [] : [role];
  return ({ actor, tenants } = {}) => ({
    text,
    values: [actor?.onBehalfOf?.userId ?? userIdOf(actor), settingOf(tenants), ...others],
  });
}

function userIdOf(actor: Attribution['actor']): string {
  return actor !== undefined && 'userId' in actor ? actor.userId : '';
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
