// [batchnorm]: batch norm on its own, for networks that normalise before they convolve.

import { CspcamError } from '#common/errors.js';
import type { CfgSection } from '../darknet/cfg.js';
import { BATCH_NORM_EPSILON } from './convolutional.js';
import { type LayerKind, previous } from './kind.js';

export interface BatchnormLayer {
  readonly kind: 'batchnorm';
}

export const batchnorm: LayerKind<BatchnormLayer> = {
  section: 'batchnorm',
  parse: (_section: CfgSection, index: number) => ({
    layer: { kind: 'batchnorm' },
    inputs: [previous(index)],
  }),
  options: () => ({}),
  output: (_layer, [input]) => input!,
  weights: ({ output }) => ({ filters: output.channels, batchNormalize: true, kernel: 0 }),

  onnx({ index, output }, { graph, values, weights }) {
    if (!weights?.batchNorm)
      throw new CspcamError(`expected weights for layer ${index} batchnorm, received nothing`);
    const name = `batchnorm_${index}`;
    const { scales, means, variances } = weights.batchNorm;
    const constants = Object.entries({ scales, biases: weights.biases, means, variances });
    const inputs = constants.map(([key, numbers]) =>
      graph.tensor(`${name}_${key}`, [output.channels], numbers),
    );
    return graph.node('BatchNormalization', [values[0]!, ...inputs], name, { epsilon: BATCH_NORM_EPSILON });
  },
};
