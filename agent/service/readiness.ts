// What the agent has reached -> whether it is ready, and whether its work goes on. Pure.

import type { CameraStatus } from '../../pipelines/capture/camera-options.js';

export interface Progress {
  /** Since every part has been started; undefined while they are being started. */
  readonly startedMs: number | undefined;
  /** Since the network is being opened; undefined while it is not. */
  readonly openingMs: number | undefined;
  /** Frames that were inferred since the start. */
  readonly frames: number;
  /** How long frames have been under way without an end of any. */
  readonly waitingMs: number;
  /** Frames in a row that were given up. */
  readonly failures: number;
  /** From the first to the last of them, as far as frames came. */
  readonly failingMs: number;
  readonly cameras: ReadonlyMap<string, CameraStatus>;
  readonly isConnected: boolean;
}

/** A broker that is not reached by then is known to be away: the agent works without. */
const BROKER_MS = 5000;
/** A camera that is neither running nor known to be unreachable by then is a matter of its own. */
const CAMERAS_MS = 60_000;
/** No network that is of use live takes that long for a frame. */
const STUCK_MS = 10_000;
/** The detector is opened anew and fails again: it has had its tries by then. */
const FAILING_MS = 120_000;
/** A board may build an engine of TensorRT for half an hour, and older releases of it do not say how far they are. */
export const LONGEST_OPENING_MS = 3_600_000;

/** A frame has been inferred, or no camera gives one and it is known why; the broker is there or known to be away. */
export function isReady({ startedMs, frames, waitingMs, failures, cameras, isConnected }: Progress): boolean {
  if (startedMs === undefined) return false;
  if (!isConnected && startedMs < BROKER_MS) return false;
  if (frames > 0) return true;
  if (waitingMs > 0 || failures > 0) return false;
  return startedMs >= CAMERAS_MS || [...cameras.values()].every(isKnown);
}

/** A capture that crashes says nothing of its camera. */
function isKnown(status: CameraStatus): boolean {
  if (status.state === 'retrying') return status.failure !== 'crashed';
  return status.state === 'ended' || status.state === 'stopped';
}

/** Whether a start may take longer than the manager gives it: it is waited for something that has a limit of its own. */
export function mayTakeLonger({ startedMs, openingMs }: Progress): boolean {
  return openingMs !== undefined || (startedMs !== undefined && startedMs <= CAMERAS_MS);
}

/**
 * Why a service manager should start the agent anew; nothing while work goes on, or what is waited for is known: a network
 * being opened, cameras that give no frames.
 */
export function whyStuck({ openingMs, waitingMs, failingMs }: Progress): string | undefined {
  if (openingMs !== undefined)
    return openingMs > LONGEST_OPENING_MS
      ? `the network is being opened for ${seconds(openingMs)}`
      : undefined;
  if (waitingMs > STUCK_MS) return `no frame has come to its end for ${seconds(waitingMs)}`;
  if (failingMs > FAILING_MS) return `the detector fails for ${seconds(failingMs)}`;
  return undefined;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
