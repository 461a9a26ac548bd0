/** Where the trail holds data about a person: the column that names the user, and what is about them. */
export const personalColumns: Readonly<
  Record<string, { readonly owner: string; readonly columns: readonly string[] }>
> = {
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
  requests: { owner: 'submitted_by_users_id', columns: ['notes'] },
};
