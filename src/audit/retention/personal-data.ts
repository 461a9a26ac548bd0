/** Where the trail holds data about a person. */
export interface PersonalData {
  /** The column that names the person. */
  readonly owner: string;
  /** The table whose records it names; those of the person are known by then. Default: `users`. */
  readonly through?: string;
  /** What is about the person. */
  readonly columns: readonly string[];
}

/** By table; each after the one that leads to it. */
export const personalData: Readonly<Record<string, PersonalData>> = {
  users: {
    owner: 'users_id',
    columns: ['email', 'name', 'display_name', 'phone_number', 'image_url'],
  },
  accounts: { owner: 'users_id', columns: ['provider_account_id'] },
  singer_profiles: { owner: 'users_id', columns: ['nickname', 'avatar_url', 'preferences'] },
  customer_profiles: {
    owner: 'users_id',
    columns: [
      'legal_business_name',
      'dba_name',
      'contact_email',
      'contact_phone',
      'billing_address',
      'metadata',
    ],
  },
  customers: {
    owner: 'customer_profiles_id',
    through: 'customer_profiles',
    columns: [
      'email',
      'name',
      'phone',
      'description',
      'metadata',
      'invoice_settings',
      'shipping',
      'tax_ids',
    ],
  },
  stripe_checkout_sessions: {
    owner: 'customers_id',
    through: 'customers',
    columns: ['url', 'metadata'],
  },
  requests: { owner: 'submitted_by_users_id', columns: ['notes'] },
};

/** Verification tokens belong to whoever had the address that identifies them, which is in their key. */
export const verificationTokens = {
  table: 'verification_tokens',
  columns: ['identifier'],
} as const;
