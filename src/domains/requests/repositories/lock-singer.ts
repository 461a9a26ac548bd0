// FOR KEY SHARE is the lock of the foreign key check: it prevents the row's deletion in between.
export const singer = `singer AS (
  SELECT singer_profiles_id FROM singer_profiles WHERE singer_profiles_id = $1 FOR KEY SHARE
)`;
