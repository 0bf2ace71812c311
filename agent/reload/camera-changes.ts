// A camera as it runs and as it is to run -> whether it is opened anew, whether its objects are counted anew, and why.

import { isDeepStrictEqual } from 'node:util';
import { keptMs } from '../clips/camera-clips.js';
import { clipsOf } from '../config/clips.js';
import { picturesOf } from '../config/pictures.js';
import type { Config } from '../config/schema.js';
import { secondLookOf } from '../config/second-look.js';
import { keepSecondsOf } from '../config/tracking.js';
import type { Setup } from '../inference/setup.js';

type CameraConfig = Config['cameras'][string];

/**
 * open: its capture process has to know it; count: tracks and counts begin anew; take: whoever goes by it reads it with
 * the next frame.
 */
type Need = 'open' | 'count' | 'take';

export interface CameraChange {
  /** Dotted; those of all cameras, as `minScore`, only where they hold for this one. */
  readonly keys: readonly string[];
  readonly isOpenedAnew: boolean;
  readonly isCountedAnew: boolean;
  /** Whether and how pictures are made, or what must not be on them: those taken so far are used no more. */
  readonly hasOtherPictures: boolean;
}

/** The one place that says what a key of a camera needs; config/README.md tells people. */
const NEEDS = {
  source: 'open',
  detect: 'open',
  enabled: 'take',
  minScore: 'take',
  labels: 'count',
  secondLook: 'open',
  loop: 'open',
  stallTimeoutSeconds: 'open',
  keyFrameTimeoutSeconds: 'open',
  transport: 'open',
  tls: 'open',
  memoryLimitMegabytes: 'open',
  maxPictureSize: 'open',
  maxFps: 'take',
  motion: 'open',
  stationarySeconds: 'count',
  zones: 'count',
  lines: 'count',
  masks: 'open',
  pictures: 'take',
  clips: 'take',
} as const satisfies Record<keyof CameraConfig, Need>;

/** @returns nothing where the camera runs on as it is */
export function changeOfCamera(id: string, from: Setup, to: Setup): CameraChange | undefined {
  const before = holdingFor(from.config, id);
  const after = holdingFor(to.config, id);
  const own = changedKeys(before, after);
  const needs = new Set<Need>(own.map(needOf));
  const { input: inputBefore, labels: labelsBefore } = from.model.description;
  const { input, labels } = to.model.description;
  const capture = (setup: Setup) => setup.machine.limits.profile.capture;
  const packetsKept = (setup: Setup) => keptMs(clipsOf(setup.config, id));
  const areOtherPackets = packetsKept(from) !== packetsKept(to);
  const isOtherInput = !isDeepStrictEqual(inputBefore, input);
  const isOtherCapture = !isDeepStrictEqual(capture(from), capture(to));
  const areOtherLabels = !isDeepStrictEqual(labelsBefore, labels);
  const areOtherGroups = !isDeepStrictEqual(from.config.inference.oneLabelOf, to.config.inference.oneLabelOf);
  // By `tracking.keepSeconds` and `maxFps`.
  const isKeptOtherwise = keepSecondsOf(from.config, id) !== keepSecondsOf(to.config, id);
  const keys = [
    ...own,
    ...(isOtherInput || areOtherLabels ? ['model'] : []),
    ...(isOtherCapture ? ['profile'] : []),
    ...(areOtherGroups ? ['inference'] : []),
  ];
  if (keys.length === 0) return undefined;
  return {
    keys,
    isOpenedAnew: needs.has('open') || isOtherInput || isOtherCapture || areOtherPackets,
    isCountedAnew: needs.has('count') || areOtherLabels || areOtherGroups || isKeptOtherwise,
    hasOtherPictures: own.some(isOfPictures),
  };
}

/** With what it takes over from the keys of all cameras. */
function holdingFor(config: Config, id: string) {
  const camera = config.cameras[id]!;
  return {
    ...camera,
    minScore: camera.minScore ?? config.minScore,
    pictures: picturesOf(config, id),
    secondLook: secondLookOf(config, id),
    clips: clipsOf(config, id),
    tracking: config.tracking,
  };
}

function needOf(key: string): Need {
  if (key === 'masks.objects') return 'take';
  if (key.startsWith('tracking.')) return 'take';
  return NEEDS[key.split('.')[0] as keyof CameraConfig];
}

function isOfPictures(key: string): boolean {
  return key === 'detect' || key === 'masks.privacy' || key.startsWith('pictures');
}

/** Dotted paths of what differs, two levels deep: enough to find it in a file. */
export function changedKeys(before: object, after: object): string[] {
  return differing(before, after).flatMap((key) => {
    const [one, other] = [valueAt(before, key), valueAt(after, key)];
    const isMapping = isPlain(one) && isPlain(other);
    return isMapping ? differing(one, other).map((inner) => `${key}.${inner}`) : [key];
  });
}

function differing(before: object, after: object): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].filter((key) => !isDeepStrictEqual(valueAt(before, key), valueAt(after, key)));
}

function valueAt(of: object, key: string): unknown {
  return (of as Record<string, unknown>)[key];
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
