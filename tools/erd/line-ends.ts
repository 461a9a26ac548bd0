import type { PlacedPoint } from './layout.js';
import { circle, path } from './svg.js';

/** The crow's-foot marks at the ends of a line. A parent is on the left of its line, a child on the right. */

/** One parent, exactly (two bars) or at most (a bar and a ring). */
export function atParent({ x, y }: PlacedPoint, isOptional: boolean): string {
  const bar = path(`M${x + 6} ${y - 5}v10`);
  return bar + (isOptional ? circle(x + 14, y, 4, 'ring') : path(`M${x + 11} ${y - 5}v10`));
}

/** Any number of children (a ring and a foot), or one at most (a ring and a bar). */
export function atChild({ x, y }: PlacedPoint, isOneToOne: boolean): string {
  return isOneToOne
    ? path(`M${x - 6} ${y - 5}v10`) + circle(x - 14, y, 4, 'ring')
    : path(`M${x} ${y - 6}L${x - 11} ${y}L${x} ${y + 6}`) + circle(x - 15, y, 4, 'ring');
}
