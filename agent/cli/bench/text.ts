// A benchmark -> what is printed of it.

import type { Figure, Verdict } from '../../bench/against.js';
import { columnsOf } from '../../bench/columns.js';
import { sharedText } from '../../bench/labels.js';
import type { BenchDocument, BenchResult, Environment } from '../../bench/result.js';
import { aligned } from './aligned.js';
import { layerLines } from './layers-text.js';
import { startLines } from './starts-text.js';
import type { Styles } from './styles.js';

export function benchText(document: BenchDocument, styles: Styles): string {
  const { suite, environment, results, starts = [], layers = [] } = document;
  const shared = results.length > 0 ? sharedText(results) : '';
  return [
    ...(suite ? [`suite ${suite.name}, sha256 ${suite.sha256}`] : []),
    ...environmentLines(environment),
    ...(shared === '' ? [] : [shared]),
    ...new Set(results.flatMap(({ precisionReason }) => precisionReason ?? [])),
    ...new Set(results.flatMap(({ form }) => form ?? [])),
    ...environment.warnings.map((warning) => styles.warn(`note: ${warning}`)),
    ...(results.length > 0 ? resultLines(document, styles) : []),
    ...(starts.length > 0 ? startLines(starts, styles) : []),
    ...layers.flatMap((one) => layerLines(one, styles)),
  ].join('\n');
}

function resultLines({ environment, results }: BenchDocument, styles: Styles): string[] {
  const columns = columnsOf(results);
  const cells = results.map((row) => columns.map(({ cell }) => cell(row)));
  const [head, ...rows] = aligned([columns.map(({ name }) => name), ...cells]);
  return [
    '',
    styles.bold(head!),
    ...rows,
    ...results.flatMap(remarks),
    ...footnotes({ environment, results }),
  ];
}

function environmentLines(environment: Environment): string[] {
  const { cpu, cores, isa, memoryGB, onnxruntime, node, cspcam, governor, clockMHz, temperatureC } =
    environment;
  return [
    `${cpu}, ${cores} cores, ${isa.join(' ')}${memoryGB === null ? '' : `, ${memoryGB} GB`}`,
    [
      `cspcam ${cspcam}, ONNX Runtime ${onnxruntime}, Node ${node.replace('v', '')}`,
      ...(governor === null ? [] : [`governor ${governor}`]),
      ...(clockMHz === null ? [] : [`${clockMHz} MHz`]),
      ...(temperatureC === null ? [] : [`${temperatureC} °C`]),
      ...(environment.throttled === true ? ['throttled'] : []),
    ].join(', '),
  ];
}

function remarks(row: BenchResult): string[] {
  const { multistream, live, sustained, energy } = row;
  const lines: string[] = [];
  if (multistream) {
    const { cameras, cameraFps, maxAgeMs, ageMs, dropped } = multistream;
    lines.push(
      '',
      `multistream, ${row.model} ${row.size} ${row.precision}: ${cameras} camera${cameras === 1 ? '' : 's'} of ${cameraFps} frames/s with 99% of the frames looked at within ${maxAgeMs} ms (${cameras === 0 ? 'of one camera: ' : ''}p99 ${ageMs.p99} ms, ${(100 * dropped).toFixed(1)}% dropped)`,
    );
  }
  if (live) {
    const { p50, p95, p99 } = live.ageMs;
    lines.push(
      '',
      `live, ${live.source}: ${p50} ms from capture to publishing (p95 ${p95}, p99 ${p99}); ${live.dropped} of ${live.captured} frames dropped`,
    );
  }
  if (sustained) {
    const { kept, throttled, because } = sustained;
    const held =
      throttled === null
        ? 'this machine does not tell whether it throttles'
        : throttled
          ? `throttled: ${because.join('; ')}`
          : 'not throttled';
    lines.push('', `sustained: ${(100 * kept).toFixed(1)}% of the frame rate kept; ${held}`);
  }
  if (energy) lines.push('', `energy: ${energy.source}, ${energy.watts} W, idle ${energy.idleWatts} W`);
  return lines;
}

function footnotes({
  results,
  environment: { predictedFrom },
}: Pick<BenchDocument, 'results' | 'environment'>): string[] {
  const untrained = [
    ...new Set(results.filter(({ weights }) => weights === 'random').map(({ model }) => model)),
  ];
  return [
    '',
    'ms: one frame from pixels to boxes; offline with its wait for a session; multistream from the camera; live, from capture to publishing',
    `network: median of the network alone; predicted: the same by the cost model, from ${predictedFrom === 'profile' ? 'nominal figures (cspcam profiles measure finds the real ones)' : 'what cspcam profiles measure found'}`,
    ...(untrained.length > 0 ? [`random weights, for timing only: ${untrained.join(', ')}`] : []),
  ];
}

export function verdictText(verdicts: readonly Verdict[], file: string, styles: Styles): string {
  const rows = verdicts.map(({ row, before, now, change, limit, verdict }) => [
    `${row.model} ${row.size} ${row.precision}`,
    `${row.threads}`,
    row.scenario,
    before === undefined ? '-' : figureText(before),
    figureText(now),
    change === undefined || !Number.isFinite(change)
      ? '-'
      : `${change >= 0 ? '+' : ''}${(100 * change).toFixed(1)}%`,
    limit === undefined ? '-' : `${(100 * limit).toFixed(1)}%`,
    verdict,
  ]);
  const [head, ...lines] = aligned(
    [['against', 'threads', 'scenario', 'before', 'now', 'change', 'limit', 'verdict'], ...rows],
    1,
  );
  const style = { regression: styles.bad, faster: styles.good, same: String, new: String } as const;
  const coloured = lines.map((line, i) => {
    const { verdict } = verdicts[i]!;
    return line.slice(0, line.length - verdict.length) + style[verdict](verdict);
  });
  return ['', `against ${file}`, styles.bold(head!), ...coloured].join('\n');
}

function figureText({ value, unit }: Figure): string {
  return unit === 'ms' ? `${value.toFixed(2)} ms` : `${value} camera${value === 1 ? '' : 's'}`;
}

/** Of the paper's table 5, for results that have its figures. */
export function paperText(results: readonly BenchResult[], styles: Styles): string {
  const devices = ['i9-9900K', 'Jetson TX2'] as const;
  const rows = results.map(({ model, size, precision, fps, paper = {} }) => [
    model,
    `${size}`,
    precision,
    fps.toFixed(1),
    ...devices.flatMap((device) => {
      const published = paper[device];
      return published === undefined ? ['-', '-'] : [`${published}`, `${(fps / published).toFixed(2)}x`];
    }),
  ]);
  const [head, ...lines] = aligned([
    ['network', 'size', 'precision', 'fps here', 'i9-9900K', 'ratio', 'Jetson TX2', 'ratio'],
    ...rows,
  ]);
  return [
    '',
    "beside the paper's table 5, without quantization: i9-9900K with OpenCV on its CPU, Jetson TX2 with Darknet on its GPU",
    styles.bold(head!),
    ...lines,
  ].join('\n');
}
