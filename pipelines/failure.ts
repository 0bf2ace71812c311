// What GStreamer says when a pipeline fails -> one failure class and one line. Pure.

import type { Backoff } from '#common/backoff.js';
import { CspcamError, expected } from '#common/errors.js';
import { plainText } from '#common/plain-text.js';
import { redactText } from '#common/redact.js';

export type Failure =
  | 'unreachable'
  | 'dns'
  | 'refused'
  | 'certificate'
  | 'unauthorized'
  | 'not-found'
  | 'no-element'
  | 'bad-launch'
  | 'decode'
  | 'device-gone'
  | 'stalled'
  | 'memory'
  | 'crashed'
  | 'ended';

/** Ends a capture with a report. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError';

  constructor(readonly report: FailureReport) {
    super(report.message);
  }
}

export interface FailureReport {
  readonly failure: Failure;
  /** One line without credentials. */
  readonly message: string;
}

interface Kind {
  /** What a source must have. */
  readonly wanted: string;
  /** Until it is tried again; half of each wait is random. */
  readonly retry: Required<Backoff>;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const retry = (firstMs: number, growth: number, longestMs: number) => ({ firstMs, growth, longestMs });

/** What is soon over is tried again soon; what only a person can mend is not, and a login least of all: cameras lock. */
export const FAILURES: Readonly<Record<Failure, Kind>> = {
  unreachable: { wanted: 'a reachable camera', retry: retry(SECOND, 2, 30 * SECOND) },
  dns: { wanted: 'a host name that can be resolved', retry: retry(2 * SECOND, 2, MINUTE) },
  refused: { wanted: 'a camera that accepts connections', retry: retry(SECOND, 2, 30 * SECOND) },
  certificate: { wanted: 'a certificate that is trusted', retry: retry(MINUTE, 2, 15 * MINUTE) },
  unauthorized: {
    wanted: 'a user name and password that the camera accepts',
    retry: retry(20 * MINUTE, 1.5, 60 * MINUTE),
  },
  'not-found': { wanted: 'an existing file, device or stream', retry: retry(5 * SECOND, 2, 5 * MINUTE) },
  'no-element': {
    wanted: 'GStreamer elements that are installed',
    retry: retry(30 * SECOND, 2, 10 * MINUTE),
  },
  'bad-launch': { wanted: 'a valid GStreamer launch string', retry: retry(30 * SECOND, 2, 10 * MINUTE) },
  decode: { wanted: 'video that can be read', retry: retry(SECOND, 2, MINUTE) },
  'device-gone': { wanted: 'a device that stays', retry: retry(SECOND, 1.5, 10 * SECOND) },
  stalled: { wanted: 'frames', retry: retry(SECOND / 2, 2, 30 * SECOND) },
  memory: { wanted: 'a stream that takes less memory', retry: retry(5 * SECOND, 2, 5 * MINUTE) },
  crashed: { wanted: 'a capture process that stays alive', retry: retry(SECOND / 2, 2, 30 * SECOND) },
  ended: { wanted: 'a stream that goes on', retry: retry(SECOND / 2, 2, 30 * SECOND) },
};

/** @param uri as the user wrote it; printed without credentials */
export function failureError(uri: string, report: FailureReport): CspcamError {
  return expected(FAILURES[report.failure].wanted, redactText(uri), report.message);
}

// First match wins. The texts are those of GStreamer 1.22 in the C locale, in its message or debug line.
const BUS_FAILURES: [RegExp, Failure][] = [
  // What one that is pulled out says is its last read: `poll error 1: No such device (19)`, or any other number.
  [/GstV4l2Src:[\s\S]*(poll error|no such device|reason error)/i, 'device-gone'],
  [/missing a plug-in|no decoder available/i, 'no-element'],
  [/\(40[13]\)|unauthorized|forbidden/i, 'unauthorized'],
  [/\(404\)|not found|no such file|cannot identify device/i, 'not-found'],
  [/connection refused/i, 'refused'],
  [
    /failed to connect|could not connect|resolve|timeout|timed out|unreachable|connection reset|\(503\)/i,
    'unreachable',
  ],
  [/rtspsrc[\s\S]*(could not (read|write|open)|could not receive|server closed)/i, 'unreachable'],
];

/** By what stands before the decoder (`picture-size.ts`). */
const SHUT_OUT = 'pictures larger than maxPictureSize allows, or whose size or format cannot be taken';
/** A device is asked for what stands behind it in the launch string: more often it has no such thing than too large a one. */
const NOT_OFFERED =
  'a size, rate or format that the device does not have, or pictures larger than maxPictureSize allows';
const DEVICES = /Gst(V4l2|Nv\w*|Libcamera)Src:/;

/** @param message a bus message of type `error`: text for users, and text for developers with file and line */
export function busFailure(message: { message?: unknown; debug?: unknown }): FailureReport {
  const text = String(message.message ?? 'unknown error');
  const debug = String(message.debug ?? '');
  // The first debug line is like `gstrtspsrc.c(8135): gst_rtspsrc_open (): /GstPipeline:...`.
  const said = `${debug.replace(/\.c\(\d+\)/, '.c')}\n${text}`;
  const failure = BUS_FAILURES.find(([pattern]) => pattern.test(said))?.[1] ?? 'decode';
  // Audio alone, or video that the caps after the source shut out.
  if (/reason not-linked/.test(debug)) return { failure, message: 'a stream without video' };
  if (/reason not-negotiated/.test(debug))
    return { failure, message: DEVICES.test(debug) ? NOT_OFFERED : SHUT_OUT };
  // Of a refusal GStreamer now and then tells this alone: nothing of the video has come as far as its decoder.
  if (isConsequence(message) && /GstDecodeBin\b/.test(debug))
    return { failure, message: `${SHUT_OUT}, or none at all` };
  return { failure, message: oneLine(withDetail(text, debug)) };
}

/** Whether it says no more than that a stream ended early, for which an element before may have had another reason. */
export function isConsequence(message: { message?: unknown; debug?: unknown }): boolean {
  return /can't typefind stream/i.test(`${message.message}\n${message.debug}`);
}

/** @param message of the error that GStreamer's launch string parser threw */
export function launchFailure(message: string): FailureReport {
  return { failure: /no element/.test(message) ? 'no-element' : 'bad-launch', message: oneLine(message) };
}

const CANNOT_BE_OPENED = ['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'EPERM'];

/** @param error that kept a capture process from being started */
export function startFailure(error: unknown): FailureReport {
  if (error instanceof CaptureError) return error.report;
  const { code, cause, message: text } = error as NodeJS.ErrnoException & { cause?: { code?: string } };
  const message = oneLine(text);
  if (CANNOT_BE_OPENED.includes(cause?.code ?? code ?? '')) return { failure: 'not-found', message };
  return { failure: error instanceof CspcamError ? 'bad-launch' : 'crashed', message };
}

/** After the place in GStreamer's source the debug text may say more than the message. */
function withDetail(text: string, debug: string): string {
  const detail = debug.split('\n').slice(1).join(' ').trim();
  const start = text.replace(/\.$/, '');
  if (detail.toLowerCase().startsWith(start.toLowerCase())) return detail;
  return detail === '' ? start : `${start}: ${detail}`;
}

/** Of what a camera or GStreamer says. */
export function oneLine(text: string): string {
  return redactText(plainText(text).replace(/\s+/g, ' ').trim()).slice(0, 300);
}
