// The line of `systemctl status`, of this version or another -> what it says of the agent. Pure; the way back of words.ts.

export interface Told {
  /** Cameras that run; undefined where the line speaks of none, as while the agent starts. */
  readonly running: number | undefined;
  /** Frames a second that were inferred of late; undefined where that is not known yet. */
  readonly framesPerSecond: number | undefined;
  readonly isDetectorFailing: boolean;
  /** Why the configuration was refused at the last reload. */
  readonly refusal: string | undefined;
}

/** What cameras say of themselves stands before the rate: the last one counts. */
const RATE = /^.*; ([\d.]+) frames\/s(?:;|$)/;

export function readWords(line: string): Told {
  const running = /^(\d+) of \d+ cameras? running/.exec(line)?.[1];
  const rate = RATE.exec(line)?.[1];
  return {
    running: running === undefined ? undefined : Number(running),
    framesPerSecond: rate === undefined ? undefined : Number(rate),
    isDetectorFailing: /; the detector fails(;|$)/.test(line),
    refusal: /; configuration refused: (.*)$/.exec(line)?.[1],
  };
}
