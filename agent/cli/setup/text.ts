// What the first steps tell -> lines for people, and the report for machines.

import { plainText } from '#common/plain-text.js';
import { redactText } from '#common/redact.js';
import { shownAddress } from '../../discovery/suggestion.js';
import type { Finding } from '../../doctor/finding.js';
import { remedyText } from '../../doctor/remedies.js';
import { brokerLabel } from '../../setup/broker-step.js';
import { cameraLabel } from '../../setup/find-cameras.js';
import type { Seen } from '../../setup/first-seen.js';
import type { Told } from '../../setup/question.js';
import type { Found } from '../../setup/setup.js';
import type { SeenStream, TriedCamera } from '../../setup/try-camera.js';
import { countsText } from '../detections-text.js';

/** One line each; nothing for what only takes a while. */
export function toldLines(told: Told): string[] {
  return lines(told).map((line) => redactText(plainText(line)));
}

function lines(told: Told): string[] {
  switch (told.kind) {
    case 'doing':
      return [];
    case 'machine':
      return told.findings.flatMap((finding) => findingLines(finding, told.sudo));
    case 'found':
      return [
        ...told.notes.map((note) => `  not asked: ${note}`),
        ...section('cameras', told.cameras.map(cameraLabel)),
        ...section('brokers', told.brokers.map(brokerLabel)),
      ];
    case 'camera':
      return cameraLines(told.camera);
    case 'broker':
      return [`  ${told.url}: ${told.says}`];
    case 'problem':
      return [`! ${told.message}`];
  }
}

function section(title: string, found: readonly string[]): string[] {
  return found.length === 0 ? [`${title}: none`] : [`${title}:`, ...found.map((line) => `  ${line}`)];
}

function findingLines({ severity, seen, expected, advice, remedy }: Finding, sudo: string): string[] {
  const todo = remedy === undefined ? advice : remedyText(remedy, sudo);
  return [
    `! ${severity}: ${seen}${expected === undefined ? '' : ` (wanted: ${expected})`}`,
    ...(todo === undefined ? [] : [`    do: ${todo}`]),
  ];
}

function cameraLines({ id, source, detect, notes }: TriedCamera): string[] {
  const small = detect === undefined ? [] : [`  ${id}, looked at: ${streamText(detect)}`];
  return [`  ${id}: ${streamText(source)}`, ...small, ...notes.map((note) => `  ${id}: ${note}`)];
}

/** `H264 over RTSP, 640x360, 25 fps` */
function streamText({ says, size, fps }: SeenStream): string {
  const rate = fps === undefined ? [] : [`${fps} fps`];
  return [says, `${size.width}x${size.height}`, ...rate].join(', ');
}

export function seenLine(seen: Seen): string {
  return redactText(plainText(seenText(seen)));
}

function seenText(seen: Seen): string {
  switch (seen.kind) {
    case 'status':
      return `${seen.camera}: ${seen.state}${seen.message === undefined ? '' : `, ${seen.message}`}`;
    case 'frame':
      return `${seen.camera}: the first frame was looked at, ${Math.round(seen.ageMs)} ms after its capture; nothing in it yet`;
    case 'detections':
      return `first detection: ${seen.camera}: ${countsText(seen.detections)}, ${Math.round(seen.ageMs)} ms after capture, on ${seen.topic}`;
  }
}

/** As JSON: addresses without what devices write into them. */
export function foundJson({ device, machine, cameras, brokers }: Found): object {
  return {
    device,
    machine: machine.findings,
    cameras: cameras.map((camera) => {
      if (camera.kind !== 'onvif') return camera;
      const { kind, key, device: said } = camera;
      const streams = said.streams.map((stream) => ({
        ...stream,
        address: shownAddress(stream.address, undefined),
      }));
      return { kind, key, ...said, streams };
    }),
    brokers,
  };
}
