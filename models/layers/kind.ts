// What every kind of layer can do; one file per kind implements it.

import { expected } from '#common/errors.js';
import type { CfgSection } from '../darknet/cfg.js';
import type { PlacedLayer, Shape } from '../graph/graph.js';
import type { OnnxGraph } from '../onnx/onnx-graph.js';
import type { ConvolutionWeights } from '../weights.js';

/** What every layer says of itself; `kind` is the name of its cfg section. */
interface AnyLayer {
  readonly kind: string;
}

export interface ParsedLayer<L extends AnyLayer> {
  readonly layer: L;
  readonly inputs: readonly number[];
}

/** Values by key, in the order they are written. */
export type CfgOptions = Readonly<Record<string, string | number>>;

export interface WeightCounts {
  readonly filters: number;
  readonly batchNormalize: boolean;
  /** Length of the kernel; 0 for a layer that is batch norm alone. */
  readonly kernel: number;
}

export interface OnnxContext {
  readonly graph: OnnxGraph;
  /** Names of the input values, in the order of the layer's inputs. */
  readonly values: readonly string[];
  /** Factor still missing from the picture's values: 1/255 for uint8 input, for a first convolution to fold in. */
  readonly pictureScale: number;
  readonly weights: ConvolutionWeights | undefined;
}

export interface LayerKind<L extends AnyLayer> {
  /** The cfg section, which is also `layer.kind`. */
  readonly section: L['kind'];
  /** @param index of the layer, so that relative references become absolute */
  parse(section: CfgSection, index: number): ParsedLayer<L>;
  /** The options of the cfg section; `parse` of them gives the same layer. */
  options(placed: PlacedLayer<L>): CfgOptions;
  /** Throws CspcamError when the inputs do not fit. */
  output(layer: L, inputs: readonly Shape[]): Shape;
  /** Darknet's operation count: 2 per multiply-add of a convolution, k*k per output of a max pool, else 0. */
  operations?(placed: PlacedLayer<L>): number;
  /** What the layer keeps in a weight file; absent for layers without weights. */
  weights?(placed: PlacedLayer<L>): WeightCounts;
  /** Darknet has no such layer: it can be built and run, but not exported as a .cfg. */
  readonly beyondDarknet?: true;
  /** Adds nodes; returns the name of the output value. */
  onnx(placed: PlacedLayer<L>, context: OnnxContext): string;
}

/** The layer before, or the picture for the first: Darknet's implicit input. */
export function previous(index: number): number {
  return index - 1;
}

/** Of a pool, across and down. */
export function poolStride(section: CfgSection): number {
  const stride = section.positive('stride', 1);
  for (const key of ['stride_x', 'stride_y'])
    if (section.integer(key, stride) !== stride)
      throw expected(`${stride}, the stride, or absent`, section.where(key), section.text(key));
  return stride;
}

/** Of a pool, of both sides together: a window that lies in the border alone has nothing to take. */
export function poolPadding(section: CfgSection, size: number): number {
  const padding = section.integer('padding', size - 1);
  const most = 2 * (size - 1);
  if (padding < 0 || padding > most) throw expected(`0 to ${most}`, section.where('padding'), padding);
  return padding;
}

/** Layers as a cfg names them: counted backwards from `index`, so that layers can be added above. */
export function backwards(layers: readonly number[], index: number): string {
  return layers.map((layer) => layer - index).join(',');
}

/** The option where it differs from what Darknet takes for granted. */
export function unless(key: string, value: string | number, usual: string | number): CfgOptions {
  return value === usual ? {} : { [key]: value };
}
