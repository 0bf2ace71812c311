// Work done of work to do -> a bar on standard error, where that is a terminal.

export interface Progress {
  /** One more piece is done. */
  advance(): void;
  /** Clears the line. Safe to call twice. */
  end(): void;
}

const BAR_WIDTH = 30;
const REDRAW_MS = 100;

/**
 * @param total pieces of work; undefined where nobody knows, as of a camera
 * @param now milliseconds
 */
export function showProgress(
  label: string,
  total: number | undefined,
  stream: NodeJS.WriteStream = process.stderr,
  now: () => number = () => performance.now(),
): Progress {
  let done = 0;
  let drawnAt = Number.NEGATIVE_INFINITY;
  let drawn = false;
  return {
    advance() {
      done++;
      if (!stream.isTTY || (now() - drawnAt < REDRAW_MS && done !== total)) return;
      drawnAt = now();
      drawn = true;
      // Cut to the terminal: a wrapped line could not be drawn over.
      stream.write(`\r\u001b[K${line(label, done, total).slice(0, Math.max(1, stream.columns - 1))}`);
    },
    end() {
      if (drawn) stream.write('\r\u001b[K');
      drawn = false;
    },
  };
}

function line(label: string, done: number, total: number | undefined): string {
  if (total === undefined) return `${label} ${done}`;
  const filled = Math.round((BAR_WIDTH * Math.min(done, total)) / total);
  return `${label} [${'#'.repeat(filled)}${' '.repeat(BAR_WIDTH - filled)}] ${done}/${total}`;
}
