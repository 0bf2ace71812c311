// This machine -> what the doctor finds of that without which no video is played, and the video devices that it may open.

import { examine } from '../doctor/examine.js';
import { readDevices } from '../doctor/facts/video-devices.js';
import type { Finding } from '../doctor/finding.js';
import { CHECKS } from '../doctor/registry.js';
import type { Subject } from '../doctor/subject.js';

/** Elements and addon of GStreamer, and who may open video devices. */
const LOOKED_AT = ['video.elements', 'video.capture', 'cameras.devices'];

export interface Machine {
  /** Errors and warnings. */
  readonly findings: readonly Finding[];
  readonly devices: readonly { readonly path: string; readonly name: string }[];
}

export async function lookAtMachine(subject: Subject, signal: AbortSignal): Promise<Machine> {
  const checks = CHECKS.filter(({ id }) => LOOKED_AT.includes(id));
  const [groups, { video }] = await Promise.all([
    examine(checks, subject, { signal, onDone: () => {} }),
    readDevices(subject.who, signal),
  ]);
  const findings = groups.flatMap((group) => group.findings);
  return {
    findings: findings.filter(({ severity }) => severity === 'error' || severity === 'warning'),
    devices: video.filter(({ isCamera, isUsable }) => isUsable && isCamera !== false),
  };
}

/** No camera at all plays with such a one. */
export function isGrave({ severity, id }: Finding): boolean {
  return severity === 'error' && id.startsWith('video.');
}
