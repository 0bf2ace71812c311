// An earlier benchmark and this one -> row by row whether it got slower. Pure.

import { expected } from '#common/errors.js';
import { type BenchDocument, type BenchResult, benchFile } from './result.js';

export interface Verdict {
  readonly row: BenchResult;
  /** Nothing where the earlier file has no such row. */
  readonly before?: Figure;
  readonly now: Figure;
  /** Slower by, relative; below 0 faster. Of cameras, by what each of them takes. */
  readonly change?: number;
  /** What the change has to exceed: the tolerance, or more where the figures are noisier. */
  readonly limit?: number;
  readonly verdict: 'regression' | 'faster' | 'same' | 'new';
}

/** Milliseconds per frame in scenario offline, the most cameras in scenario multistream, median milliseconds elsewhere. */
export interface Figure {
  readonly value: number;
  readonly unit: 'ms' | 'cameras';
}

export interface AgainstOptions {
  /** Relative. */
  readonly tolerance: number;
  /** Compares what is not the same, too. */
  readonly force: boolean;
}

/** A change of three standard errors of both is hardly chance. */
const STANDARD_ERRORS = 3;

/** @throws CspcamError for anything but what `cspcam bench --json` wrote */
export function readBench(text: string, file: string): BenchDocument {
  try {
    return benchFile.parse(JSON.parse(text));
  } catch (error) {
    throw expected('what cspcam bench --json wrote', file, 'something else', error);
  }
}

/** @throws CspcamError for figures of another machine, of other networks or cameras, or of nothing that was measured now */
export function compareBench(
  before: BenchDocument,
  now: BenchDocument,
  { tolerance, force }: AgainstOptions,
): Verdict[] {
  const [was, is] = [before.environment.machine, now.environment.machine];
  if (was !== is && !force)
    throw expected(`figures of this machine, ${is} (or --force)`, '--against', `those of ${was}`);
  const pairs = now.results.map((row) => {
    const alike = before.results.filter((one) => key(one) === key(row));
    // Several networks of a file may share a name.
    return { row, earlier: alike.find(({ network }) => network === row.network) ?? alike[0] };
  });
  const other = pairs.find(({ row, earlier }) => earlier && earlier.network !== row.network);
  if (other !== undefined && !force)
    throw expected(
      'the same network (or --force)',
      `--against, ${label(other.row)}`,
      'one with other weights or of another form',
    );
  const load = pairs.find(({ row, earlier }) => earlier && loadOf(earlier) !== loadOf(row));
  if (load !== undefined && !force)
    throw expected(
      `cameras of ${loadOf(load.row)} (or --force)`,
      `--against, ${label(load.row)}`,
      loadOf(load.earlier!),
    );
  if (pairs.every(({ earlier }) => earlier === undefined)) {
    const rows = now.results.map(label).join(', ');
    throw expected(`a row for ${rows}`, '--against', before.results.map(label).join(', '));
  }
  return pairs.map(({ row, earlier }) => verdictOf(row, earlier, tolerance));
}

function verdictOf(row: BenchResult, earlier: BenchResult | undefined, tolerance: number): Verdict {
  const now = figureOf(row);
  if (earlier === undefined) return { row, now, verdict: 'new' };
  const before = figureOf(earlier);
  const change = slowerBy(before, now);
  const limit = Math.max(tolerance, STANDARD_ERRORS * Math.hypot(row.noise ?? 0, earlier.noise ?? 0));
  const verdict = change > limit ? 'regression' : change < -limit ? 'faster' : 'same';
  return { row, before, now, change, limit, verdict };
}

function figureOf({ scenario, fps, latencyMs, multistream }: BenchResult): Figure {
  if (multistream !== undefined) return { value: multistream.cameras, unit: 'cameras' };
  return { value: scenario === 'offline' ? 1000 / fps : latencyMs.p50, unit: 'ms' };
}

function slowerBy(before: Figure, now: Figure): number {
  if (before.value === now.value) return 0;
  return now.unit === 'ms' ? now.value / before.value - 1 : before.value / now.value - 1;
}

/** What says how much cameras ask; nothing of other scenarios. */
function loadOf({ multistream }: BenchResult): string | undefined {
  return multistream && `${multistream.cameraFps} frames/s within ${multistream.maxAgeMs} ms`;
}

function key({ model, size, precision, provider, threads, scenario }: BenchResult): string {
  return [model, size, precision, provider, threads, scenario].join('/');
}

/** For people. */
function label({ model, size, precision, threads, scenario }: BenchResult): string {
  return `${model} ${size} ${precision}, ${threads} thread${threads === 1 ? '' : 's'}, ${scenario}`;
}
