import type { UndoStep } from '../undo-options.js';
import type { RowChange } from './row-change.js';

/** A change for which the trail has all values that are needed. */
export interface PlannedChange extends RowChange {
  /** The step that the result reports for the change. */
  readonly step: UndoStep;
}
