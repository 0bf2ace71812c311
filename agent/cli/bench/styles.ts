// The terminal that standard output is -> how words stand out in it.

export interface Styles {
  readonly bold: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly good: (text: string) => string;
}

/** hasColors knows NO_COLOR, FORCE_COLOR and TERM. */
export function styles(): Styles {
  const colours = process.stdout.isTTY && process.stdout.hasColors();
  const style = (on: number, off: number) => (text: string) =>
    colours ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  return { bold: style(1, 22), warn: style(33, 39), bad: style(31, 39), good: style(32, 39) };
}
