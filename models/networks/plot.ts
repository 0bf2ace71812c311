// Layers of one or two networks -> SVG: BFLOPs and traffic layer by layer, as figures 7 and 8 of the paper show them.

import { type Area, type AxisNames, areaOf, axes, legend } from '#common/chart/axes.js';
import { bands, niceLinear } from '#common/chart/scales.js';
import { drawingFile, element, square } from '#common/chart/svg.js';
import { PALETTE } from '#common/palette.js';
import type { LayerDescription } from '../folder/description.js';
import { layerTraffic } from '../graph/cost.js';

export interface PlottedNetwork {
  readonly name: string;
  readonly layers: readonly LayerDescription[];
  /** Channels * height * width of the input. */
  readonly pictureValues: number;
}

const SIZE = { width: 1200, height: 720 } as const;
const HEAD = 24;
const PANEL_HEIGHT = 280;
const COLOURS = [PALETTE.blue, PALETTE.vermillion] as const;

/** Layers that only hand values on; figure 7 leaves them out of its count. */
const COSTLESS: ReadonlySet<string> = new Set([
  'activation',
  'batchnorm',
  'cost',
  'dropout',
  'route',
  'sam',
  'scale_channels',
  'shortcut',
  'softmax',
]);

/** Layers of a network that came as ONNX are its nodes: most of them hand values on. Darknet's are written small. */
const isNode = (type: string) => /^[A-Z]|:/.test(type);

/** @param networks one, or two that stand side by side in each layer's place */
export function plotCosts(networks: readonly PlottedNetwork[]): string {
  const series = networks.map(({ layers, pictureValues }) => {
    const traffic = layerTraffic(layers, pictureValues);
    const shown = layers.filter(
      ({ type, index, bflops }) =>
        !COSTLESS.has(type) && (!isNode(type) || bflops > 0 || traffic[index]! > 0),
    );
    return {
      bflops: shown.map((layer) => layer.bflops),
      traffic: shown.map((layer) => traffic[layer.index]! / 1e6),
    };
  });
  const below = areaOf(SIZE, SIZE.height - PANEL_HEIGHT - HEAD - 36);
  const above = { ...areaOf(SIZE, HEAD), bottom: HEAD + PANEL_HEIGHT };
  return drawingFile(SIZE, [
    legend(
      above.left,
      24,
      networks.map(({ name }, i) => ({ mark: square(COLOURS[i]!), name })),
    ),
    panel(
      series.map(({ bflops }) => bflops),
      above,
      { y: 'BFLOPs' },
    ),
    panel(
      series.map(({ traffic }) => traffic),
      below,
      { x: 'layer', y: 'read and written, million values' },
    ),
  ]);
}

/** @param values of each network, layer by layer */
function panel(values: readonly (readonly number[])[], area: Area, names: AxisNames): string {
  const count = Math.max(...values.map((one) => one.length));
  const height = niceLinear([0, Math.max(...values.flat())], [area.bottom, area.top]);
  const layers = bands(count, [area.left, area.right], 0.1);
  // Side by side within the place of a layer, so that neither hides the other.
  const width = layers.width / values.length;
  const bars = values.flatMap((one, i) =>
    one.map((value, place) =>
      element('rect', {
        x: layers.left(place) + i * width,
        y: height(value),
        width,
        height: area.bottom - height(value),
        fill: COLOURS[i],
      }),
    ),
  );
  return [axes(area, layers.centre, height, names), ...bars].join('\n');
}
