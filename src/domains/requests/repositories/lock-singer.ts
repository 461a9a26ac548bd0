// KEY SHARE is what the foreign key's check takes: what is kept cannot be deleted in between.
export const singer = `singer AS (
  SELECT singer_profiles_id FROM singer_profiles WHERE singer_profiles_id = $1 FOR KEY SHARE
)`;
