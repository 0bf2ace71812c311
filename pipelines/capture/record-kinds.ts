// The records of a capture process, as JSON <-> checked values: what has got the better of a decoder may send anything. Pure.

import { FAILURES, type Failure } from '../failure.js';
import type { Frame, Size, WindowFrame } from '../frame.js';
import { PACKET_CODECS, type PacketInfo, type PacketStream } from './packet.js';

/** What is said of a frame; its pixels follow. `sequence` and `skipped` count from the start of the process. */
export interface FrameRecord extends Omit<Frame, 'source' | 'inputSize' | 'pixels'> {
  readonly kind: 'frame';
}

/** What is said of a window of a frame that has been sent; its pixels follow as those of a frame. */
export interface WindowRecord extends Omit<WindowFrame, 'source' | 'pixels'> {
  readonly kind: 'window';
}

/** Packets come, but none that a picture can begin with. */
export interface WaitingRecord {
  readonly kind: 'waiting';
}

/** Said once a second, whatever the pipeline does: the process runs. */
export interface AliveRecord {
  readonly kind: 'alive';
}

/** The answer to a request for a picture; its JPEGs follow, one after the other. */
export interface PictureRecord {
  readonly kind: 'picture';
  /** Of the request. */
  readonly id: number;
  /** Bytes of each part that was asked for. None where there is no such picture, or no more. */
  readonly partBytes: readonly number[];
  readonly sourceSize: Size;
  /** Of the picture, as of frames. */
  readonly capturedAtMs: number;
}

/** One that was asked for; its bytes follow. */
export interface PacketRecord extends PacketInfo {
  readonly kind: 'packet';
  /** Of the request. */
  readonly id: number;
  /** With the first one, and with any that begins another stream. */
  readonly stream?: PacketStream;
}

/** The answer to a request for packets of a camera that has none which can be kept. */
export interface NoPacketsRecord {
  readonly kind: 'no-packets';
  readonly id: number;
  /** What it has, for people. */
  readonly message: string;
}

/** The last record. */
export type ExitRecord =
  | { readonly kind: 'exit'; readonly reason: 'eos'; readonly produced: number }
  | {
      readonly kind: 'exit';
      readonly reason: 'failure';
      readonly failure: Failure;
      readonly message: string;
    };

export type CaptureRecord =
  | FrameRecord
  | WindowRecord
  | PictureRecord
  | PacketRecord
  | NoPacketsRecord
  | WaitingRecord
  | AliveRecord
  | ExitRecord;

/** Bytes that are no records: a fault of the process that sent them, not of who reads. */
export class RecordError extends Error {
  override readonly name = 'RecordError';
}

/** @throws RecordError for anything else */
export function readRecord(text: string): CaptureRecord {
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch (error) {
    throw new RecordError('the capture process sent a record that is not JSON', { cause: error });
  }
  if (isFields(record)) {
    if (record.kind === 'frame' && isFrame(record)) return record as unknown as FrameRecord;
    if (record.kind === 'picture' && isPicture(record)) return record as unknown as PictureRecord;
    if (record.kind === 'window' && isWindow(record)) return record as unknown as WindowRecord;
    if (record.kind === 'packet' && isPacket(record)) return record as unknown as PacketRecord;
    if (record.kind === 'no-packets' && isCount(record.id) && typeof record.message === 'string')
      return record as unknown as NoPacketsRecord;
    if (record.kind === 'waiting' || record.kind === 'alive') return { kind: record.kind };
    if (record.kind === 'exit' && isExit(record)) return record as unknown as ExitRecord;
  }
  throw new RecordError('the capture process sent a record of no known kind');
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function isFrame({ sequence, skipped, moved, sourceSize, content, ...times }: Fields): boolean {
  return (
    isCount(sequence) &&
    (skipped === undefined || isCount(skipped)) &&
    (moved === undefined || isBoxes(moved)) &&
    [times.capturedAtMs, times.capturedMonotonicMs, times.mediaTimeMs].every(Number.isFinite) &&
    isSize(sourceSize) &&
    isRect(content)
  );
}

function isPicture({ id, partBytes, sourceSize, capturedAtMs }: Fields): boolean {
  return (
    isCount(id) &&
    Array.isArray(partBytes) &&
    partBytes.every(isCount) &&
    isFields(sourceSize) &&
    [sourceSize.width, sourceSize.height].every(isCount) &&
    Number.isFinite(capturedAtMs)
  );
}

function isWindow({ sequence, sourceSize, window, content }: Fields): boolean {
  return isCount(sequence) && isSize(sourceSize) && isRect(window) && isRect(content);
}

function isBoxes(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every((box) => Array.isArray(box) && box.length === 4 && box.every(Number.isFinite))
  );
}

function isSize(value: unknown): boolean {
  return isFields(value) && [value.width, value.height].every(isCount);
}

function isRect(value: unknown): boolean {
  return isSize(value) && [(value as Fields).x, (value as Fields).y].every(isCount);
}

function isPacket({ id, isKey, ptsMs, capturedMonotonicMs, stream }: Fields): boolean {
  return (
    isCount(id) &&
    typeof isKey === 'boolean' &&
    Number.isFinite(ptsMs) &&
    Number.isFinite(capturedMonotonicMs) &&
    (stream === undefined || (isFields(stream) && isStream(stream)))
  );
}

function isStream({ codec, size, configuration }: Fields): boolean {
  return (
    PACKET_CODECS.some((name) => name === codec) &&
    isFields(size) &&
    [size.width, size.height].every(isCount) &&
    typeof configuration === 'string'
  );
}

function isExit({ reason, produced, failure, message }: Fields): boolean {
  if (reason === 'eos') return isCount(produced);
  return (
    reason === 'failure' &&
    typeof failure === 'string' &&
    Object.hasOwn(FAILURES, failure) &&
    typeof message === 'string'
  );
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
