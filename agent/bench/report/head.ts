// A benchmark -> the head of its page: which machine, what makes it less sure, the figures that matter most. Pure.

import { escaped } from '#common/chart/svg.js';
import { isComparison, labelOf } from '../labels.js';
import type { BenchDocument, BenchResult, Environment } from '../result.js';

export function header(
  title: string,
  { suite, environment }: Pick<BenchDocument, 'suite' | 'environment'>,
): string {
  const { cpu, cores, isa, memoryGB, os, onnxruntime, node, cspcam, profile, governor, clockMHz, warnings } =
    environment;
  const facts: (readonly [string, string | null])[] = [
    ['suite', suite === undefined ? null : `${suite.name}, sha256 ${suite.sha256.slice(0, 12)}…`],
    ['cores', `${cores}`],
    ['memory', memoryGB === null ? null : `${memoryGB} GB`],
    ['profile', profile],
    ['governor', governor],
    ['clock', clockMHz === null ? null : `${clockMHz} MHz`],
    ['temperature', environment.temperatureC === null ? null : `${environment.temperatureC} °C`],
    ['throttled', environment.throttled === null ? null : environment.throttled ? 'yes' : 'no'],
    ['other processes', environment.othersLoad === null ? null : `${environment.othersLoad} cores`],
    ['ONNX Runtime', onnxruntime],
    ['cspcam', cspcam],
    ['Node', node],
    ['system', os],
    ['instructions', isa.join(' ')],
  ];
  const known = facts.filter(([, value]) => value !== null && value !== '');
  const notes = warnings.map((warning) => `<p>${escaped(warning)}</p>`).join('');
  return `<h1>${escaped(title)}</h1>
<p class="sub">${escaped(`${cpu} · ${environment.measuredAt.slice(0, 16).replace('T', ' ')} UTC`)}</p>
<ul class="facts">${known.map(([name, value]) => `<li>${name} <b>${escaped(value!)}</b></li>`).join('')}</ul>
${notes && `<div class="notes">${notes}</div>`}`;
}

/** @param results not empty */
export function tiles(results: readonly BenchResult[]): string {
  const first = results[0]!;
  const offline = results.find(({ scenario }) => scenario === 'offline');
  const cameras = results.find(({ multistream }) => multistream);
  const whose = isComparison(results) ? `, ${labelOf(results, false)(first)}` : '';
  const all: (readonly [string, string] | undefined)[] = [
    [first.fps.toFixed(1), `frames/s, ${first.scenario}${whose}`],
    offline && offline !== first ? [offline.fps.toFixed(1), 'frames/s, offline'] : undefined,
    first.live
      ? [`${first.live.ageMs.p50} ms`, 'from capture to publishing, median']
      : [`${first.latencyMs.p50.toFixed(1)} ms`, 'per frame, median'],
    [`${first.latencyMs.p99.toFixed(1)} ms`, '99th percentile'],
    first.live ? [`${first.live.dropped}`, `of ${first.live.captured} frames dropped`] : undefined,
    first.predictedMs === null
      ? undefined
      : [`${first.networkMs.toFixed(1)} ms`, `network alone; predicted ${first.predictedMs.toFixed(1)} ms`],
    cameras?.multistream && [
      `${cameras.multistream.cameras}`,
      `cameras of ${cameras.multistream.cameraFps} fps within ${cameras.multistream.maxAgeMs} ms${isComparison(results) ? `, ${labelOf(results, false)(cameras)}` : ''}`,
    ],
    first.sustained && [`${(100 * first.sustained.kept).toFixed(1)}%`, 'of the frame rate kept'],
    first.energy
      ? [
          `${first.energy.joulesPerFrame.toFixed(3)} J`,
          `per frame; ${first.energy.fpsPerWatt.toFixed(2)} fps/W`,
        ]
      : undefined,
  ];
  const tile = ([value, what]: readonly [string, string]) =>
    `<div class="tile"><b>${escaped(value)}</b><span>${escaped(what)}</span></div>`;
  return `<section class="tiles">${all.flatMap((one) => (one ? tile(one) : [])).join('')}</section>`;
}

export function footnote({ cspcam, machine }: Environment): string {
  return `cspcam ${cspcam} on ${machine}. Warming up is not counted. Percentiles by nearest rank. Figures as JSON: cspcam bench --json.`;
}
