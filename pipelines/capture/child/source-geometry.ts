// Caps of the source picture -> its size, the shape of its pixels and its colours, now and whenever they change.

import { readGdp } from './gdp.js';
import type { AppSink } from './pipeline.js';

/** How often the size of a source without marks is looked at again; the look copies one source picture. */
const LOOK_EVERY_MS = 1000;

export interface SourceGeometry {
  readonly width: number;
  readonly height: number;
  readonly pixel: { readonly numerator: number; readonly denominator: number };
  /** `range:matrix:transfer:primaries` or a name, as GStreamer writes it; nothing where the caps lack it. */
  readonly colorimetry?: string;
  /** As GStreamer calls it: `I420`. */
  readonly format?: string;
  /** What stands for its size; nothing where sources have no marks. */
  readonly mark?: number;
}

export interface GeometryListener {
  /** Called at the first look too: frames start when the size of the source is known. */
  onChange(geometry: SourceGeometry, ptsMs: number | undefined): void;
  /** Called at each further look at the same size. */
  onSame(ptsMs: number | undefined): void;
  /** Called after each look, whatever it saw. */
  onLooked(): void;
  /** The stream has ended without a single frame. */
  onNothing(): void;
}

/** @param looksByItself at a source without marks @returns looks now, whenever the next look would be */
export function watchGeometry(
  sink: AppSink,
  { onChange, onSame, onLooked, onNothing }: GeometryListener,
  looksByItself = true,
): () => void {
  let known = '';
  let isLooking = false;
  let timer: NodeJS.Timeout | undefined;
  const look = () => {
    clearTimeout(timer);
    if (isLooking) return;
    isLooking = true;
    sink.pull((buffer, caps) => {
      isLooking = false;
      // The end of a stream that had frames is told by the sink of its frames.
      if (buffer === null) return known === '' ? onNothing() : onLooked();
      const seen = geometryOf(caps.streamheader);
      const { kind, ptsMs } = readGdp(buffer);
      if (seen === undefined || kind !== 'buffer') return look();
      const { mark, ...geometry } = seen;
      const isNew = JSON.stringify(geometry) !== known;
      known = JSON.stringify(geometry);
      if (isNew) onChange(seen, ptsMs);
      else onSame(ptsMs);
      if (mark === undefined && looksByItself) timer = setTimeout(look, LOOK_EVERY_MS).unref();
      onLooked();
    });
  };
  look();
  return look;
}

/** @param streamheader of the caps that gdppay sets: the packets a late reader needs, the caps among them */
export function geometryOf(streamheader: unknown): SourceGeometry | undefined {
  if (!Array.isArray(streamheader)) return undefined;
  const caps = streamheader
    .filter(Buffer.isBuffer)
    .map(readGdp)
    .find(({ kind }) => kind === 'caps');
  const text = caps?.payload.toString('latin1') ?? '';
  const width = /\bwidth=\(int\)(\d+)/.exec(text)?.[1];
  const height = /\bheight=\(int\)(\d+)/.exec(text)?.[1];
  if (width === undefined || height === undefined) return undefined;
  const [, numerator = '1', denominator = '1'] =
    /pixel-aspect-ratio=\(fraction\)(\d+)\/(\d+)/.exec(text) ?? [];
  const mark = /\bmark=\(int\)(\d+)/.exec(text)?.[1];
  const format = /\bformat=\(string\)(\w+)/.exec(text)?.[1];
  const colorimetry = /\bcolorimetry=\(string\)([\w:]+)/.exec(text)?.[1];
  return {
    ...(colorimetry !== undefined && { colorimetry }),
    ...(format !== undefined && { format }),
    ...(mark !== undefined && { mark: Number(mark) }),
    width: Number(width),
    height: Number(height),
    pixel: { numerator: Number(numerator), denominator: Number(denominator) },
  };
}
