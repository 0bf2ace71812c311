// A layer and where it reads -> a placed layer with checked shapes. Darknet import and network builder share it.

import { expected } from '#common/errors.js';
import { kindOf, type Layer } from '../layers/registry.js';
import { elements, PICTURE, type PlacedLayer, type Shape } from './graph.js';

// A feature map of 2^28 floats is 1 GiB: no network for these devices has one, a mistyped cfg soon does.
const MAX_ELEMENTS = 2 ** 28;

/**
 * @param inputs indices of layers in `before`, or PICTURE
 * @throws CspcamError when the inputs do not fit the layer
 */
export function placeLayer<L extends Layer>(
  layer: L,
  inputs: readonly number[],
  before: readonly PlacedLayer<Layer>[],
  picture: Shape,
): PlacedLayer<L> {
  const inputShapes = inputs.map((i) => (i === PICTURE ? picture : before[i]!.output));
  const output = kindOf(layer).output(layer, inputShapes);
  if (elements(output) > MAX_ELEMENTS)
    throw expected(`at most ${MAX_ELEMENTS} values`, 'a feature map', elements(output));
  return { index: before.length, layer, inputs, inputShapes, output };
}
