// What a row of the catalogue says about a network, and a row -> the network's graph.

import type { Activation } from '../layers/activation.js';
import type { Graph } from '../layers/registry.js';
import { NetworkBuilder } from './builder.js';
import { type Counted, countKernels } from './count.js';

export interface Published {
  /** Table of the paper, or who else published the figures. */
  readonly source: string;
  /** Input width and height, pixels. */
  readonly size: number;
  /** Millions. */
  readonly parameters?: number;
  readonly bflops?: number;
  /** ImageNet accuracy, percent. */
  readonly top1?: number;
  readonly top5?: number;
  /** COCO test-dev average precision, percent. */
  readonly ap?: number;
  readonly ap50?: number;
  readonly ap75?: number;
}

export interface NetworkSpec {
  readonly name: string;
  readonly task: 'classification' | 'detection';
  readonly activation: Activation;
  readonly build: (net: NetworkBuilder) => void;
  /** The first is the default size's. */
  readonly published: readonly [Published, ...Published[]];
  /** By the convention of the published figures; kernels alone where absent. */
  readonly count?: (graph: Graph) => Counted;
  /** What the wiring is inferred from, where nobody published it. */
  readonly inferred?: string;
  /** Who offers trained weights. */
  readonly weights?: string;
}

export interface NetworkOptions {
  readonly size?: number;
  readonly classes?: number;
  readonly activation?: Activation;
  readonly newCoords?: boolean;
}

/** ImageNet's and COCO's. */
const USUAL_CLASSES = { classification: 1000, detection: 80 } as const;

/** @throws CspcamError where a layer does not fit the size */
export function buildNetwork(system: NetworkSpec, options: NetworkOptions = {}): Graph {
  const net = new NetworkBuilder({
    size: options.size ?? system.published[0].size,
    classes: options.classes ?? USUAL_CLASSES[system.task],
    activation: options.activation ?? system.activation,
    newCoords: options.newCoords ?? false,
  });
  system.build(net);
  return net.graph;
}

/** Parameters (not millions) and BFLOPs as the published figures count them. */
export function countAsPublished(system: NetworkSpec, graph: Graph): Counted {
  return (system.count ?? countKernels)(graph);
}
