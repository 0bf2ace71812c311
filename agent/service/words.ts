// What the agent is at -> one line for `systemctl status`, which stays the same while nothing changes in substance. Pure.

import type { CameraStatus } from '../../pipelines/capture/camera-options.js';

export interface Situation {
  /** Of every camera of the configuration that has one; those switched off are `stopped`. */
  readonly cameras: ReadonlyMap<string, CameraStatus>;
  /** How long the broker has been away; undefined where it is connected. */
  readonly brokerAwayMs: number | undefined;
  /** Over the last seconds; undefined where that is not known yet. */
  readonly framesPerSecond: number | undefined;
  /** Frames in a row that the detector failed on. */
  readonly failures: number;
  /** What else is to be known, for example that a configuration was refused. */
  readonly remark?: string | undefined;
}

/** Of cameras that do not run; the others are counted. */
const MOST_NAMED = 3;
/** `systemctl status` shows a line; what a camera's library says may be longer. */
const MOST_REASON_CHARACTERS = 120;

const STATES: Readonly<Record<Exclude<CameraStatus['state'], 'retrying'>, string>> = {
  starting: 'starting',
  'waiting-for-key-frame': 'waiting for a key frame',
  running: 'running',
  ended: 'ended',
  stopped: 'switched off',
};

/** `3 of 4 cameras running, door retrying: no frame for 10 s; broker away for 20 s; 9.8 frames/s` */
export function wordsOf(situation: Situation): string {
  const { brokerAwayMs, framesPerSecond, failures, remark } = situation;
  return [
    camerasIn(situation.cameras),
    failures > 1 ? 'the detector fails' : undefined,
    brokerAwayMs === undefined ? undefined : `broker away${duration(brokerAwayMs)}`,
    framesPerSecond === undefined ? undefined : `${rate(framesPerSecond)} frames/s`,
    remark,
  ]
    .filter((part) => part !== undefined)
    .join('; ');
}

function camerasIn(all: ReadonlyMap<string, CameraStatus>): string {
  const open = [...all].filter(([, { state }]) => state !== 'stopped');
  if (open.length === 0) return all.size === 0 ? 'no camera' : 'every camera switched off';
  const others = open.filter(([, { state }]) => state !== 'running');
  const named = others.slice(0, MOST_NAMED).map(([id, status]) => `${id} ${stateOf(status)}`);
  const more = others.length - named.length;
  return [
    `${open.length - others.length} of ${open.length} cameras running`,
    ...named,
    ...(more > 0 ? [`${more} more not running`] : []),
  ].join(', ');
}

function stateOf(status: CameraStatus): string {
  if (status.state !== 'retrying') return STATES[status.state];
  const { message } = status;
  const isLong = message.length > MOST_REASON_CHARACTERS;
  return `retrying: ${isLong ? `${message.slice(0, MOST_REASON_CHARACTERS - 1)}…` : message}`;
}

const STEPS_S = [20, 60, 300, 1800, 3600, 6 * 3600, 24 * 3600] as const;

/** In steps, so that the words do not change all the time. */
function duration(ms: number): string {
  const step = STEPS_S.findLast((seconds) => ms >= 1000 * seconds);
  if (step === undefined) return '';
  if (step < 60) return ` for ${step} s`;
  return step < 3600 ? ` for ${step / 60} min` : ` for ${step / 3600} h`;
}

function rate(framesPerSecond: number): string {
  if (framesPerSecond === 0) return '0';
  return framesPerSecond < 10 ? framesPerSecond.toFixed(1) : framesPerSecond.toFixed(0);
}

/** The rate that was told last, as long as it is not far from the one of now. */
export function steadyRate(told: number | undefined, now: number): number {
  if (told === undefined || (now === 0) !== (told === 0)) return now;
  return Math.abs(now - told) <= Math.max(0.2, 0.15 * told) ? told : now;
}
