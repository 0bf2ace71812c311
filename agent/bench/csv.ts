// Rows of a benchmark -> CSV after RFC 4180. Pure.

import type { BenchDocument, BenchResult } from './result.js';

const columns: readonly (readonly [
  name: string,
  of: (row: BenchResult) => string | number | null | undefined,
])[] = [
  ['model', ({ model }) => model],
  ['size', ({ size }) => size],
  ['precision', ({ precision }) => precision],
  ['provider', ({ provider }) => provider],
  ['threads', ({ threads }) => threads],
  ['scenario', ({ scenario }) => scenario],
  ['fps', ({ fps }) => fps],
  ['min_ms', ({ latencyMs }) => latencyMs.min],
  ['p50_ms', ({ latencyMs }) => latencyMs.p50],
  ['p90_ms', ({ latencyMs }) => latencyMs.p90],
  ['p95_ms', ({ latencyMs }) => latencyMs.p95],
  ['p99_ms', ({ latencyMs }) => latencyMs.p99],
  ['network_ms', ({ networkMs }) => networkMs],
  ['predicted_ms', ({ predictedMs }) => predictedMs],
  ['ratio', ({ ratio }) => ratio],
  ['noise', ({ noise }) => noise],
  ['inferences', ({ inferences }) => inferences],
  ['watts', ({ energy }) => energy?.watts],
  ['joules_per_frame', ({ energy }) => energy?.joulesPerFrame],
  ['fps_per_watt', ({ energy }) => energy?.fpsPerWatt],
  ['cameras', ({ multistream }) => multistream?.cameras],
  ['ap50_persons', ({ accuracy }) => accuracy?.ap50.persons],
  ['ap50_vehicles', ({ accuracy }) => accuracy?.ap50.vehicles],
  ['ap50_all', ({ accuracy }) => accuracy?.ap50.all],
  ['dropped', ({ live }) => live?.dropped],
  ['kept', ({ sustained }) => sustained?.kept],
  ['throttled', ({ sustained }) => sustained && `${sustained.throttled}`],
];

export function benchCsv({ results }: BenchDocument): string {
  const rows = results.map((row) => columns.map(([, of]) => cell(of(row))));
  return [columns.map(([name]) => name), ...rows].map((row) => `${row.join(',')}\r\n`).join('');
}

function cell(value: string | number | null | undefined): string {
  const text = value === null || value === undefined ? '' : `${value}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
