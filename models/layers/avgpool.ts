// [avgpool]: mean of each channel over the whole map.

import type { CfgSection } from '../darknet/cfg.js';
import { type LayerKind, previous } from './kind.js';

export interface AvgpoolLayer {
  readonly kind: 'avgpool';
}

export const avgpool: LayerKind<AvgpoolLayer> = {
  section: 'avgpool',
  parse: (_section: CfgSection, index: number) => ({ layer: { kind: 'avgpool' }, inputs: [previous(index)] }),
  options: () => ({}),
  output: (_layer, [input]) => ({ channels: input!.channels, height: 1, width: 1 }),
  onnx: ({ index }, { graph, values }) => graph.node('GlobalAveragePool', [values[0]!], `avgpool_${index}`),
};
