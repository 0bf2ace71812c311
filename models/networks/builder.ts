// Calls like `net.conv(x, 64, 3)` -> a Graph, layer after layer, that a Darknet .cfg can hold.

import { PICTURE, type PlacedLayer, type Shape } from '../graph/graph.js';
import { placeLayer } from '../graph/place.js';
import type { Activation } from '../layers/activation.js';
import type { Graph, Layer } from '../layers/registry.js';
import type { Anchor } from '../layers/yolo.js';

/** A feature map: where it comes from and its shape. */
export type Feature = Pick<PlacedLayer<Layer>, 'index' | 'output'>;

export interface BuilderOptions {
  /** Width and height of the picture, pixels. */
  readonly size: number;
  readonly classes: number;
  /** After every convolution that is not an output. */
  readonly activation: Activation;
  /** Heads as YOLOv4-CSP has them: sigmoid in the network, width and height as (2x)^2 * anchor. */
  readonly newCoords?: boolean;
}

interface ConvolutionOptions {
  readonly stride?: number;
  readonly groups?: number;
  readonly activation?: Activation;
  readonly batchNormalize?: boolean;
}

export class NetworkBuilder {
  readonly picture: Feature;
  readonly #layers: PlacedLayer<Layer>[] = [];
  readonly #input: Shape;

  constructor(readonly options: BuilderOptions) {
    this.#input = { channels: 3, height: options.size, width: options.size };
    this.picture = { index: PICTURE, output: this.#input };
  }

  get graph(): Graph {
    return { input: this.#input, layers: this.#layers };
  }

  /** Convolution with padding of half the kernel, batch norm and the network's activation. */
  conv(from: Feature, filters: number, size: number, options: ConvolutionOptions = {}): Feature {
    const { stride = 1, groups = 1, activation = this.options.activation, batchNormalize = true } = options;
    const shape = { filters, size, stride, padding: size >> 1, dilation: 1, groups };
    return this.#add({ kind: 'convolutional', ...shape, batchNormalize, activation }, from);
  }

  /** A convolution without batch norm and activation: a network's last. */
  output(from: Feature, filters: number, activation: Activation = 'linear'): Feature {
    return this.conv(from, filters, 1, { batchNormalize: false, activation });
  }

  maxpool(from: Feature, size: number, stride: number): Feature {
    return this.#add({ kind: 'maxpool', size, stride, padding: size - 1, outChannels: 0 }, from);
  }

  /** Largest of the groups of channels (the paper's section 3.3), a pool over depth. */
  maxout(from: Feature, channels: number): Feature {
    return this.#add({ kind: 'maxpool', size: 1, stride: 1, padding: 0, outChannels: channels }, from);
  }

  /** Mean of each 2x2. */
  averagePool(from: Feature): Feature {
    return this.#add({ kind: 'local_avgpool', size: 2, stride: 2, padding: 1 }, from);
  }

  globalAverage(from: Feature): Feature {
    return this.#add({ kind: 'avgpool' }, from);
  }

  concat(...from: readonly Feature[]): Feature {
    return this.#place({ kind: 'route', groups: 1, groupId: 0 }, from);
  }

  /** The `index`-th of `parts` equal slices of the channels. */
  slice(from: Feature, parts: number, index: number): Feature {
    return this.#place({ kind: 'route', groups: parts, groupId: index }, [from]);
  }

  upsample(from: Feature, stride = 2): Feature {
    return this.#add({ kind: 'upsample', stride }, from);
  }

  /** Twice the size, by interpolation. */
  interpolate(from: Feature): Feature {
    return this.#add({ kind: 'bilinear_upsample', stride: 2 }, from);
  }

  /** Batch norm and activation ahead of a convolution, as in DenseNet. */
  preactivate(from: Feature): Feature {
    return this.#add(
      { kind: 'activation', activation: this.options.activation },
      this.#add({ kind: 'batchnorm' }, from),
    );
  }

  /** Sum; where widths differ the channels that both have (the partial residual of PRN). Width is that of `from`. */
  shortcut(from: Feature, others: readonly Feature[], activation: Activation = 'linear'): Feature {
    return this.#add({ kind: 'shortcut', activation }, from, ...others);
  }

  /** `map` times a gate of the same shape. */
  attend(map: Feature, gate: Feature): Feature {
    return this.#add({ kind: 'sam', activation: 'linear' }, gate, map);
  }

  /** `map` times one factor per channel. */
  scaleChannels(map: Feature, factors: Feature): Feature {
    return this.#add({ kind: 'scale_channels', perCell: false, activation: 'linear' }, factors, map);
  }

  softmax(from: Feature): Feature {
    return this.#add({ kind: 'softmax' }, from);
  }

  /**
   * A detection head: the output convolution and the layer that says what it means.
   *
   * @param mask places of this head's anchors in `allAnchors`
   * @param scaleXY how far beyond its cell a centre can lie
   */
  yolo(from: Feature, allAnchors: readonly Anchor[], mask: readonly number[], scaleXY = 1): Feature {
    const { classes, newCoords = false } = this.options;
    const raw = this.output(from, mask.length * (5 + classes), newCoords ? 'logistic' : 'linear');
    const anchors = mask.map((place) => allAnchors[place]!);
    const coordinates = { scaleXY: newCoords ? 2 : scaleXY, newCoords };
    const nms = { kind: 'greedy', beta: 0.6 } as const;
    return this.#add({ kind: 'yolo', classes, anchors, allAnchors, mask, ...coordinates, nms }, raw);
  }

  /** A layer whose first input Darknet takes to be the layer before: a route brings it there. */
  #add(layer: Layer, first: Feature, ...others: readonly Feature[]): Feature {
    const isPrevious = first.index === this.#layers.length - 1;
    return this.#place(layer, [isPrevious ? first : this.concat(first), ...others]);
  }

  #place(layer: Layer, from: readonly Feature[]): Feature {
    const inputs = from.map((feature) => feature.index);
    const placed = placeLayer(layer, inputs, this.#layers, this.#input);
    this.#layers.push(placed);
    return placed;
  }
}
