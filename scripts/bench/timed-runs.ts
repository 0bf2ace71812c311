// Something that runs again and again -> how long each run took.

export interface TimedRunsOptions {
  readonly durationMs: number;
  /** Runs that are made however long they take; one where absent. */
  readonly fewest?: number;
}

/** @returns milliseconds, in the order in which they came */
export async function timeRuns(
  run: () => Promise<unknown>,
  { durationMs, fewest = 1 }: TimedRunsOptions,
): Promise<number[]> {
  const times: number[] = [];
  for (const end = performance.now() + durationMs; times.length < fewest || performance.now() < end; ) {
    const started = performance.now();
    await run();
    times.push(performance.now() - started);
  }
  return times;
}
