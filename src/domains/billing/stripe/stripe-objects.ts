/**
 * The parts of Stripe's objects that are mirrored, in the form of Stripe's JSON. They accept the objects of
 * Stripe's SDK and a parsed webhook body. The SDK (23 MB) is therefore not a dependency.
 *
 * Times are seconds since 1970 (UTC); amounts are in the minor unit of their currency.
 */

/** A reference to a Stripe object: its id, or the expanded object. */
export type StripeReference = string | { readonly id: string };

export interface StripeEvent {
  /** `evt_…`. */
  readonly id: string;
  /** The event's type, such as `customer.subscription.updated`. */
  readonly type: string;
  readonly created: number;
  readonly livemode: boolean;
  /** The API request that caused the event, if one did. */
  readonly request?: { readonly id: string | null } | null;
  readonly data: { readonly object: object };
}

export interface StripeCustomerObject {
  /** `cus_…`. */
  readonly id: string;
  readonly email?: string | null;
  readonly name?: string | null;
  readonly phone?: string | null;
  readonly description?: string | null;
  readonly metadata?: object | null;
  readonly invoice_settings?: object | null;
  readonly shipping?: object | null;
  readonly tax_exempt?: string | null;
  /** Present only when requested with `expand`. */
  readonly tax_ids?: {
    readonly data: readonly { readonly type: string; readonly value: string | null }[];
  };
  readonly livemode: boolean;
}

export interface StripeCheckoutSessionObject {
  /** `cs_…`. */
  readonly id: string;
  readonly customer?: StripeReference | null;
  readonly payment_status: string;
  readonly mode: string;
  /** `open`, `complete` or `expired`. */
  readonly status?: string | null;
  readonly amount_total?: number | null;
  readonly currency?: string | null;
  readonly url?: string | null;
  readonly metadata?: object | null;
  readonly expires_at?: number | null;
}

export interface StripeProductObject {
  /** `prod_…`. */
  readonly id: string;
  readonly name?: string | null;
  readonly description?: string | null;
  readonly active: boolean;
  readonly metadata?: object | null;
  readonly images?: readonly string[];
  readonly livemode: boolean;
}

export interface StripePriceObject {
  /** `price_…`. */
  readonly id: string;
  readonly product: StripeReference;
  readonly active: boolean;
  readonly currency: string;
  readonly type: string;
  readonly recurring?: {
    /** `day`, `week`, `month` or `year`. */
    readonly interval: string;
    readonly interval_count: number;
  } | null;
  readonly unit_amount?: number | null;
  readonly metadata?: object | null;
  readonly livemode: boolean;
}

/** A subscription's current period. */
export interface StripePeriod {
  readonly current_period_start?: number | null;
  readonly current_period_end?: number | null;
}

/** A price that is subscribed to. */
export interface StripeSubscriptionItem extends StripePeriod {
  readonly price?: StripeReference | null;
  /** Missing for a price that is charged by use. */
  readonly quantity?: number | null;
}

export interface StripeSubscriptionObject extends StripePeriod {
  /** `sub_…`. */
  readonly id: string;
  readonly customer: StripeReference;
  readonly status: string;
  /**
   * Contains the period since Stripe API version 2025-03-31; in older versions the subscription itself has
   * it.
   */
  readonly items?: { readonly data: readonly StripeSubscriptionItem[] };
  readonly cancel_at_period_end: boolean;
  readonly cancel_at?: number | null;
  readonly canceled_at?: number | null;
  readonly metadata?: object | null;
  readonly livemode: boolean;
}

/** The id of a reference, expanded or not. */
export function idOf(reference: StripeReference | null | undefined): string | undefined {
  return typeof reference === 'object' ? reference?.id : reference;
}

/** Converts a Stripe timestamp (seconds since 1970) to a Date. */
export function timeOf(seconds: number | null | undefined): Date | null {
  return typeof seconds === 'number' ? new Date(seconds * 1000) : null;
}
