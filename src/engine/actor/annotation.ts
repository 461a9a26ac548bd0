import { checkTexts } from '../common/check-texts.js';
import type { JsonObject, JsonValue } from '../common/json.js';
import { InvalidAnnotationError } from './errors.js';

/** What the audit trail keeps about writes besides their actor: the reason, and any other details. */
export interface Annotation {
  /** Why the writes are made, up to 500 characters. Null removes the reason that an outer scope gave. */
  reason?: string | null;
  /**
   * Any other details, such as `ticket: '4711'`, as values of JSON: together up to 8000 characters. Null
   * removes a detail that an outer scope gave. Leave secrets out, because they are stored as given.
   */
  [detail: string]: JsonValue;
}

/** The part of an attribution that annotations make. */
export interface Annotated {
  readonly reason?: string;
  readonly context?: Readonly<JsonObject>;
}

const longestReason = 500;
const longestDetails = 8000;

/**
 * Checks an annotation and returns a copy as JSON stores it, without the fields that are undefined.
 *
 * @throws InvalidAnnotationError, InvalidTextError
 */
export function checkAnnotation(annotation: Annotation): Annotation {
  if (typeof annotation !== 'object' || annotation === null || Array.isArray(annotation)) {
    throw new InvalidAnnotationError('An annotation is an object.');
  }
  const { reason } = annotation;
  if (reason !== undefined && reason !== null) {
    if (typeof reason !== 'string' || reason.trim() === '' || reason.length > longestReason) {
      throw new InvalidAnnotationError('The reason is no text, empty, or too long.');
    }
  }
  const json = asJson(annotation);
  if (json.length > longestReason + longestDetails) {
    throw new InvalidAnnotationError('The details are too long.');
  }
  const copy = JSON.parse(json) as Annotation;
  const { reason: text, ...details } = copy;
  checkTexts({ reason: text, details });
  return copy;
}

/** Adds a checked annotation to those that are there. */
export function annotated<Before extends Annotated>(
  before: Before,
  { reason, ...details }: Annotation,
): Before {
  const { reason: outer, context, ...rest } = before;
  const kept = Object.entries({ ...context, ...details }).filter(([, value]) => value !== null);
  const now = reason === undefined ? outer : (reason ?? undefined);
  return {
    ...rest,
    ...(now === undefined ? {} : { reason: now }),
    ...(kept.length === 0 ? {} : { context: Object.fromEntries(kept) }),
  } as Before;
}

function asJson(annotation: Annotation): string {
  try {
    return JSON.stringify(annotation);
  } catch {
    throw new InvalidAnnotationError(
      'The details are no JSON: a bigint, or an object in a circle.',
    );
  }
}
