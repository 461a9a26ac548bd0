import type { UndoStep } from '../undo-options.js';
import type { RowChange } from './row-change.js';

/** A change that can be carried out, as far as the trail goes. */
export interface PlannedChange extends RowChange {
  /** What is told of it. */
  readonly step: UndoStep;
}
