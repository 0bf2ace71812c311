// [dropout] and [cost]: nothing at inference.

import type { CfgSection } from '../darknet/cfg.js';
import { type LayerKind, previous } from './kind.js';

export interface DropoutLayer {
  readonly kind: 'dropout' | 'cost';
}

const passThrough = (kind: DropoutLayer['kind']): LayerKind<DropoutLayer> => ({
  section: kind,
  parse: (_section: CfgSection, index: number) => ({ layer: { kind }, inputs: [previous(index)] }),
  options: () => ({}),
  output: (_layer, [input]) => input!,
  onnx: (_placed, { values }) => values[0]!,
});

export const dropout = passThrough('dropout');
export const cost = passThrough('cost');
