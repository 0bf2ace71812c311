// SIGTERM and Ctrl-C -> one orderly end; whatever hangs cannot hold it up.

/** systemd's and Docker's patience is longer; a user's is not. */
const LONGEST_END_MS = 2800;

/** Resolves at the first signal, after `end`; the second signal, or a hanging end, ends the process at once. */
export function untilSignal(end: () => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    let signals = 0;
    const onSignal = () => {
      if (++signals > 1) return die();
      setTimeout(die, LONGEST_END_MS).unref();
      end().then(resolve, reject);
    };
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, onSignal);
  });
}

/** Not process.exit: it waits for worker threads, and one in a long inference does not answer. */
function die(): void {
  process.kill(process.pid, 'SIGKILL');
}
