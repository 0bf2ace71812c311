// Metrics -> Prometheus text format 0.0.4. Pure.

import { BOUNDS_SECONDS, type BucketCounts } from './bucket-counts.js';

export type Labels = Readonly<Record<string, string>>;

export interface Metric {
  /** With its unit, and `_total` where it counts; `cspcam_` comes in front. */
  readonly name: string;
  readonly help: string;
  readonly values:
    | { readonly type: 'counter' | 'gauge'; readonly samples: readonly (readonly [Labels, number])[] }
    | { readonly type: 'histogram'; readonly samples: readonly (readonly [Labels, BucketCounts])[] };
}

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Metrics without a sample are left out. */
export function prometheusText(metrics: readonly Metric[]): string {
  return metrics
    .filter(({ values }) => values.samples.length > 0)
    .map(
      ({ name, help, values }) =>
        `# HELP cspcam_${name} ${escaped(help)}\n# TYPE cspcam_${name} ${values.type}\n` +
        lines(`cspcam_${name}`, values).join(''),
    )
    .join('');
}

function lines(name: string, values: Metric['values']): string[] {
  if (values.type !== 'histogram') return values.samples.map(([labels, value]) => line(name, labels, value));
  return values.samples.flatMap(([labels, counts]) => {
    const { cumulative, sum } = counts;
    const bounds = [...BOUNDS_SECONDS.map(String), '+Inf'];
    return [
      ...bounds.map((le, i) => line(`${name}_bucket`, { ...labels, le }, cumulative[i]!)),
      line(`${name}_sum`, labels, sum),
      line(`${name}_count`, labels, cumulative.at(-1)!),
    ];
  });
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(
    ([key, text]) => `${key}="${escaped(text).replaceAll('"', '\\"')}"`,
  );
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}\n`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
