// A machine with webcams of its own -> the same without them: `cspcam setup` would take them beside the tests' camera.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { isHere } from './tools.js';

const DEVICES = '/sys/class/video4linux';
const HIDING = [
  ...['unshare', '-m', '--propagation', 'private'],
  ...['sh', '-c', `mount -t tmpfs tmpfs ${DEVICES} && exec "$@"`, 'sh'],
] as const;

// The folder is there with the first driver.
const hasWebcams = existsSync(DEVICES);
const canHide = hasWebcams && spawnSync(HIDING[0], [...HIDING.slice(1), 'true']).status === 0;

/** A command that becomes the one that it is given, which finds none. */
export const withoutWebcams: readonly string[] = canHide ? HIDING : [];

/** Where it finds some nevertheless, tests of what is found are skipped. */
export const areWebcamsAway = isHere('root, to hide the webcams of this machine,', !hasWebcams || canHide);
