// What the first steps tell -> lines for people, and the report for machines.

import { plainText } from '#common/plain-text.js';
import { redactText } from '#common/redact.js';
import { shownAddress } from '../../discovery/suggestion.js';
import type { Finding } from '../../doctor/finding.js';
import { remedyText } from '../../doctor/remedies.js';
import { brokerLabel } from '../../setup/broker-step.js';
import { cameraLabel } from '../../setup/find-cameras.js';
import type { Seen } from '../../setup/first-seen.js';
import type { Told } from '../../setup/front.js';
import type { Tone, Words } from '../../setup/page/protocol.js';
import type { Found } from '../../setup/setup.js';
import type { SeenStream, TriedCamera } from '../../setup/try-camera.js';
import { countsText } from '../detections-text.js';

/** Before a line in the terminal, where a page has its own marks. */
const MARKS: Readonly<Record<Tone, string>> = {
  title: '',
  detail: '  ',
  good: '  ',
  problem: '! ',
  remedy: '    ',
};

/** One line each; nothing for what only takes a while. */
export function toldLines(told: Told): string[] {
  return toldWords(told).map(({ tone, text }) => `${MARKS[tone]}${text}`);
}

export function toldWords(told: Told): Words[] {
  return words(told).map(({ tone, text }) => ({ tone, text: redactText(plainText(text)) }));
}

function words(told: Told): Words[] {
  switch (told.kind) {
    case 'doing':
      return [];
    case 'machine':
      return told.findings.flatMap((finding) => findingWords(finding, told.sudo));
    case 'found':
      return [
        ...details(told.notes.map((note) => `not asked: ${note}`)),
        ...section('cameras', told.cameras.map(cameraLabel)),
        ...section('brokers', told.brokers.map(brokerLabel)),
      ];
    case 'camera':
      return cameraWords(told.camera);
    case 'broker':
      return [{ tone: 'good', text: `${told.url}: ${told.says}` }];
    case 'problem':
      return [{ tone: 'problem', text: told.message }];
  }
}

function details(texts: readonly string[]): Words[] {
  return texts.map((text) => ({ tone: 'detail', text }));
}

function section(title: string, found: readonly string[]): Words[] {
  if (found.length === 0) return [{ tone: 'title', text: `${title}: none` }];
  return [{ tone: 'title', text: `${title}:` }, ...details(found)];
}

function findingWords({ severity, seen, expected, advice, remedy }: Finding, sudo: string): Words[] {
  const todo = remedy === undefined ? advice : remedyText(remedy, sudo);
  const wanted = expected === undefined ? '' : ` (wanted: ${expected})`;
  return [
    { tone: 'problem', text: `${severity}: ${seen}${wanted}` },
    ...(todo === undefined ? [] : [{ tone: 'remedy', text: `do: ${todo}` } as const]),
  ];
}

function cameraWords({ id, source, detect, notes }: TriedCamera): Words[] {
  const small = detect === undefined ? [] : [`${id}, looked at: ${streamText(detect)}`];
  const seen = [`${id}: ${streamText(source)}`, ...small];
  return [
    ...seen.map((text) => ({ tone: 'good', text }) as const),
    ...details(notes.map((note) => `${id}: ${note}`)),
  ];
}

/** `H264 over RTSP, 640x360, 25 fps` */
function streamText({ says, size, fps }: SeenStream): string {
  const rate = fps === undefined ? [] : [`${fps} fps`];
  return [says, `${size.width}x${size.height}`, ...rate].join(', ');
}

export function writtenText(file: string, secrets: string | undefined): string {
  return `wrote ${file}${secrets === undefined ? '' : `; passwords: ${secrets}, which its owner alone may read`}`;
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
