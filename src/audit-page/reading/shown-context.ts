import type { JsonObject } from '../../engine/common/json.js';
import type { Viewer } from '../access/viewer.js';

/** What the option `audit.origin` adds to the context: personal data of the one who acted. */
const origin = ['ip', 'userAgent'];

/** The context of an entry. Only those who may read everything see where the actor's client was. */
export function shownContext(viewer: Viewer, context: JsonObject | null): JsonObject | null {
  if (context === null || viewer.readsEverything) return context;
  const shown = Object.entries(context).filter(([name]) => !origin.includes(name));
  return shown.length === 0 ? null : Object.fromEntries(shown);
}
