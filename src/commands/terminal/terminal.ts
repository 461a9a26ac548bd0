import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** What a format needs to know of the place where its text is shown. */
export interface Terminal {
  /** In columns. */
  readonly width: number;
  readonly paint: (style: Style, text: string) => string;
}

/** A place without colours, such as a file or a pipe. */
export const plainTerminal: Terminal = { width: 80, paint: (_, text) => text };

/** The terminal of an output. `NO_COLOR` and `FORCE_COLOR` are obeyed. */
export function terminalOf(output: NodeJS.WriteStream): Terminal {
  if (!output.isTTY) return plainTerminal;
  return {
    width: output.columns || plainTerminal.width,
    paint: output.hasColors() ? styleText : plainTerminal.paint,
  };
}
