/**
 * The lines in which two texts differ, in their order: `- ` for lines of the first text only, `+ ` for lines
 * of the second text only. It uses the longest common subsequence.
 */
export function differingLines(first: string, second: string): string[] {
  const before = first.split('\n');
  const after = second.split('\n');
  const common = commonLengths(before, after);
  const lines: string[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    if (i < before.length && before[i] === after[j]) {
      i++;
      j++;
    } else if (
      j >= after.length ||
      (i < before.length && common[i + 1]![j]! >= common[i]![j + 1]!)
    ) {
      lines.push(`- ${before[i++]!.trim()}`);
    } else {
      lines.push(`+ ${after[j++]!.trim()}`);
    }
  }
  return lines;
}

/** At [i][j]: the number of common lines of `before` from i on and `after` from j on. */
function commonLengths(before: string[], after: string[]): number[][] {
  const lengths = Array.from({ length: before.length + 1 }, () =>
    new Array<number>(after.length + 1).fill(0),
  );
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      lengths[i]![j] =
        before[i] === after[j]
          ? lengths[i + 1]![j + 1]! + 1
          : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!);
    }
  }
  return lengths;
}
