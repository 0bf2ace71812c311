// What GStreamer says when a pipeline fails -> one failure class and one line. Pure.

import { type CspcamError, expected } from '#common/errors.js';
import { redactText } from '#common/redact.js';

export type Failure =
  | 'unreachable'
  | 'refused'
  | 'unauthorized'
  | 'not-found'
  | 'no-element'
  | 'bad-launch'
  | 'decode'
  | 'stalled'
  | 'crashed'
  | 'ended';

export interface FailureReport {
  readonly failure: Failure;
  /** One line without credentials. */
  readonly message: string;
}

const WANTED: Record<Failure, string> = {
  unreachable: 'a reachable camera',
  refused: 'a camera that accepts connections',
  unauthorized: 'a user name and password that the camera accepts',
  'not-found': 'an existing file, device or stream',
  'no-element': 'GStreamer elements that are installed',
  'bad-launch': 'a valid GStreamer launch string',
  decode: 'video that can be read',
  stalled: 'frames',
  crashed: 'a capture process that stays alive',
  ended: 'a stream that goes on',
};

/** @param uri as the user wrote it; printed without credentials */
export function failureError(uri: string, report: FailureReport): CspcamError {
  return expected(WANTED[report.failure], redactText(uri), report.message);
}

// First match wins. The texts are those of GStreamer 1.22 in the C locale, in its message or debug line.
const BUS_FAILURES: [RegExp, Failure][] = [
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

/** @param message a bus message of type `error`: text for users, and text for developers with file and line */
export function busFailure(message: { message?: unknown; debug?: unknown }): FailureReport {
  const text = String(message.message ?? 'unknown error');
  const debug = String(message.debug ?? '');
  // The first debug line is like `gstrtspsrc.c(8135): gst_rtspsrc_open (): /GstPipeline:...`.
  const said = `${debug.replace(/\.c\(\d+\)/, '.c')}\n${text}`;
  const failure = BUS_FAILURES.find(([pattern]) => pattern.test(said))?.[1] ?? 'decode';
  // Audio alone, or video that the caps after the source shut out.
  if (/reason not-linked/.test(debug)) return { failure, message: 'a stream without video' };
  return { failure, message: oneLine(withDetail(text, debug)) };
}

/** @param message of the error that GStreamer's launch string parser threw */
export function launchFailure(message: string): FailureReport {
  return { failure: /no element/.test(message) ? 'no-element' : 'bad-launch', message: oneLine(message) };
}

/** After the place in GStreamer's source the debug text may say more than the message. */
function withDetail(text: string, debug: string): string {
  const detail = debug.split('\n').slice(1).join(' ').trim();
  const start = text.replace(/\.$/, '');
  if (detail.toLowerCase().startsWith(start.toLowerCase())) return detail;
  return detail === '' ? start : `${start}: ${detail}`;
}

function oneLine(text: string): string {
  return redactText(text.replace(/\s+/g, ' ').trim()).slice(0, 300);
}
