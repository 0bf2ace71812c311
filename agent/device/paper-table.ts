// Profiles of the paper's devices + its table 5 -> our predictions beside it, as data and as a document. Pure.

import { rankCorrelation } from '../../models/cost/rank-correlation.js';
import { predict } from '../../models/cost/roofline.js';
import { TABLE_5 } from '../../models/cost/table-5.js';
import { findNetwork } from '../../models/networks/catalogue.js';
import { markdownTable } from '../../models/networks/figures.js';
import { buildNetwork } from '../../models/networks/network-spec.js';
import { darknetOn, openCvOn } from './execution-target.js';
import type { Limits } from './limits.js';

export interface PaperComparison {
  readonly device: 'i9-9900K' | 'Jetson TX2';
  readonly rows: readonly {
    readonly model: string;
    readonly size: number;
    readonly predictedFps: number;
    readonly publishedFps: number;
    /** Predicted by published. */
    readonly ratio: number;
    readonly bound: string;
  }[];
  readonly rankCorrelation: number;
}

/** The paper measured in fp32, the TX2 with Darknet on its GPU, the i9 with OpenCV on all cores. */
export function compareWithPaper(tx2: Limits, i9: Limits): PaperComparison[] {
  const devices = [
    { device: 'Jetson TX2', target: darknetOn(tx2) },
    { device: 'i9-9900K', target: openCvOn(i9) },
  ] as const;
  return devices.map(({ device, target }) => {
    const rows = TABLE_5.flatMap(({ model, size, fps }) => {
      const published = fps[device];
      if (published === undefined) return [];
      const graph = buildNetwork(findNetwork(model), { size });
      const { fps: predictedFps, bound } = predict(graph, 'fp32', target.machine, target.engine);
      return [{ model, size, predictedFps, publishedFps: published, ratio: predictedFps / published, bound }];
    });
    const pairs = rows.map((row) => [row.predictedFps, row.publishedFps] as const);
    return { device, rows, rankCorrelation: rankCorrelation(pairs) };
  });
}

/** Written by `cspcam plan --paper`. */
export function paperDocument(comparisons: readonly PaperComparison[]): string {
  const sections = comparisons.map(({ device, rows, rankCorrelation: correlation }) => {
    const cells = rows.map(({ model, size, predictedFps, publishedFps, ratio, bound }) => [
      model,
      `${size}`,
      predictedFps.toFixed(1),
      `${publishedFps}`,
      ratio.toFixed(2),
      bound,
    ]);
    const header = ['network', 'size', 'predicted fps', 'published fps', 'ratio', 'bound'];
    return `## ${device}\n\n${markdownTable([header, ...cells])}\nRank correlation: ${correlation.toFixed(3)}.\n`;
  });
  return [
    "# Predictions beside the paper's table 5\n",
    'Written by `cspcam plan --paper`; fp32.\n',
    ...sections,
  ].join('\n');
}
