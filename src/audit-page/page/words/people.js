/** A person of an entry, in a sentence. */
export function personText(person) {
  if (person === null || person === undefined) return 'Somebody unknown';
  return person.name ?? person.email ?? (person.id ? 'A deleted user' : 'Somebody unknown');
}

/** A person with the one on whose behalf the change was made. */
export function actorText(person) {
  const name = personText(person);
  return person?.onBehalfOf ? `${name} (for ${personText(person.onBehalfOf)})` : name;
}

/** What the filter for a person takes: a user's id, or the name of a program. */
export const personKey = (person) => person?.id ?? person?.name ?? null;
