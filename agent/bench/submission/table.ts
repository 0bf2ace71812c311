// Submissions -> the public table of machines, as Markdown. Pure but for its imports.

import type { Submission } from './submission.js';

/** @param submissions in any order */
export function resultsDocument(submissions: readonly Submission[]): string {
  const suites = [...new Set(submissions.map(({ suite }) => suite.name))].toSorted();
  const parts = suites.flatMap((name) =>
    suiteLines(
      name,
      submissions.filter(({ suite }) => suite.name === name),
    ),
  );
  return [
    '# Machines measured',
    '',
    'Written by `npm run results:table` from the files in [results](results), which `cspcam bench --submit` has checked. The best run of a row is not chosen: each file is a run. What a suite is and how to send a run: [agent/bench](../agent/bench/README.md).',
    ...(parts.length > 0 ? parts : ['', 'No run has been published yet.']),
    '',
  ].join('\n');
}

function suiteLines(name: string, submissions: readonly Submission[]): string[] {
  const keys = [...new Set(submissions.flatMap(({ results }) => results.map(subjectOf)))].toSorted();
  return ['', `## ${name}`, ...keys.flatMap((key) => ['', `### ${key}`, '', ...tableOf(key, submissions)])];
}

const HEAD = [
  ...['machine', 'cores', 'day', 'cspcam', 'single p50, ms', 'p99, ms', 'offline, fps'],
  ...['cameras', 'start, s', 'start kept, s', 'peak, MB'],
];

/** The fastest first. */
function tableOf(key: string, submissions: readonly Submission[]): string[] {
  const rows = submissions.map(({ environment, results, starts }) => {
    const of = (scenario: string) =>
      results.find((row) => subjectOf(row) === key && row.scenario === scenario);
    const start = (kept: boolean) => starts.find((row) => subjectOf(row) === key && row.kept === kept);
    const [single, offline, multistream] = [of('single'), of('offline'), of('multistream')?.multistream];
    const seconds = (row: ReturnType<typeof start>) =>
      row && (row.loadMs + row.openMs + row.firstResultMs) / 1000;
    return {
      fps: offline?.fps ?? 0,
      cells: [
        `${environment.cpu}${environment.isVirtual ? ' (virtual)' : ''}`,
        `${environment.cores}`,
        environment.measuredAt,
        environment.cspcam,
        figure(single?.latencyMs.p50, 1),
        figure(single?.latencyMs.p99, 1),
        figure(offline?.fps, 1),
        multistream === undefined
          ? '-'
          : `${multistream.cameras} of ${multistream.cameraFps} fps, ${multistream.maxAgeMs} ms`,
        figure(seconds(start(false)), 2),
        figure(seconds(start(true)), 2),
        figure(start(true)?.peakRssMB ?? undefined, 0),
      ],
    };
  });
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const sorted = rows.toSorted((a, b) => b.fps - a.fps);
  return [line(HEAD), line(HEAD.map(() => '-')), ...sorted.map(({ cells }) => line(cells))];
}

function subjectOf({ model, size, precision }: { model: string; size: number; precision: string }): string {
  return `${model} ${size}, ${precision}`;
}

function figure(value: number | undefined, digits: number): string {
  return value === undefined ? '-' : value.toFixed(digits);
}
