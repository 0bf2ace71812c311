// Darknet cfg + weights + names -> a model: description and ONNX bytes.

import { expected } from '#common/errors.js';
import type { ModelDescription } from '../folder/description.js';
import { describeLayers, totalCost } from '../graph/cost.js';
import type { PlacedLayer } from '../graph/graph.js';
import type { Graph } from '../layers/registry.js';
import type { YoloLayer } from '../layers/yolo.js';
import { encodeOnnx } from '../onnx/encode.js';
import { composeOnnx, INPUT_NAME, outputLayers, outputName } from '../onnx/write.js';
import { optimizeForCpu } from '../passes/optimize-for-cpu.js';
import type { DarknetPair } from '../weights.js';
import { readNetwork } from './network.js';
import { resizeCfg } from './resize-cfg.js';
import { readWeights } from './weights.js';

export interface DarknetFiles {
  readonly cfg: { readonly text: string; readonly file: string };
  readonly weights: { readonly bytes: Uint8Array; readonly file: string };
  readonly names: { readonly text: string; readonly file: string };
}

export interface DarknetOptions {
  readonly name: string;
  /** Input size in place of the cfg's, pixels. */
  readonly size?: number;
  /** Leaves the ONNX as the layers say it, for comparison. */
  readonly plain?: boolean;
  readonly provenance: Record<string, unknown>;
}

// Darknet's default for -nms in `detector test`.
const NMS_IOU_THRESHOLD = 0.45;

export interface DarknetModel {
  readonly description: Omit<ModelDescription, 'files'>;
  readonly network: Uint8Array;
  /** The same network as files for an export: the cfg at the size imported, the weights as they came. */
  readonly darknet: DarknetPair;
}

/** The network in floats, as ONNX bytes in the form that runs fastest. */
export function encodeFloats({ cfg, weights }: DarknetPair, name: string): Uint8Array {
  const graph = readNetwork(cfg, `${name}.cfg`);
  const program = composeOnnx(graph, readWeights(weights, graph, `${name}.weights`), { input: 'uint8' });
  return encodeOnnx(optimizeForCpu(program), name);
}

/** @throws CspcamError naming file, line, layer */
export function importDarknet(files: DarknetFiles, options: DarknetOptions): DarknetModel {
  const cfg = options.size === undefined ? files.cfg.text : resizeCfg(files.cfg.text, options.size);
  const graph = readNetwork(cfg, files.cfg.file);
  const labels = files.names.text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const weights = readWeights(files.weights.bytes, graph, files.weights.file);
  const program = composeOnnx(graph, weights, { input: 'uint8' });
  const layers = describeLayers(graph);
  const decoder = describeDecoder(graph);
  if (labels.length !== decoder.classes)
    throw expected(`${decoder.classes} class names`, files.names.file, labels.length);
  return {
    network: encodeOnnx(options.plain ? program : optimizeForCpu(program), options.name),
    darknet: { cfg, weights: files.weights.bytes },
    description: {
      schemaVersion: 1,
      name: options.name,
      task: decoder.kind === 'softmax' ? 'classification' : 'detection',
      input: describeInput(graph),
      labels,
      decoder,
      ...totalCost(layers),
      layers,
      precision: 'fp32',
      provenance: options.provenance,
    },
  };
}

export function describeInput({ input: { width, height } }: Graph): ModelDescription['input'] {
  const resize = { kind: 'letterbox', align: 'centre', padding: 0 } as const;
  return { name: INPUT_NAME, width, height, layout: 'NCHW', type: 'uint8', colour: 'RGB', resize };
}

function describeDecoder(graph: Graph): ModelDescription['decoder'] {
  const outputs = outputLayers(graph);
  const last = outputs.at(-1)!;
  if (last.layer.kind !== 'yolo')
    return { kind: 'softmax', output: outputName(last), classes: last.output.channels };
  const heads = outputs as PlacedLayer<YoloLayer>[];
  const { classes, nms } = heads[0]!.layer;
  const odd = heads.find((head) => head.layer.classes !== classes);
  if (odd)
    throw expected(`classes=${classes} as in the first head`, `layer ${odd.index} [yolo]`, odd.layer.classes);
  return {
    kind: 'yolo',
    classes,
    heads: heads.map((head) => ({
      output: outputName(head),
      grid: { width: head.output.width, height: head.output.height },
      anchors: head.layer.anchors.map(([width, height]) => [width, height]),
      scaleXY: head.layer.scaleXY,
      newCoords: head.layer.newCoords,
    })),
    nms: { ...nms, iouThreshold: NMS_IOU_THRESHOLD },
  };
}
