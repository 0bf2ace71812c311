// Graph -> text of a Darknet .cfg that Darknet trains, OpenCV reads and `readNetwork` turns back into the same graph.

import { expected } from '#common/errors.js';
import { PICTURE, type PlacedLayer, shapeText } from '../graph/graph.js';
import { type CfgOptions, previous } from '../layers/kind.js';
import { type Graph, kindOf, type Layer } from '../layers/registry.js';
import { CLASSIFIER_TRAINING, DETECTOR_TRAINING, HEAD_TRAINING } from './training-options.js';

/** @throws CspcamError for a layer that only we know, naming it */
export function requireDarknet(graph: Graph): void {
  const odd = graph.layers.find(({ layer }) => kindOf(layer).beyondDarknet);
  if (odd)
    throw expected('layers that Darknet has', `layer ${odd.index}`, `[${odd.layer.kind}], which it lacks`);
}

/** @param name for the first line, a comment */
export function writeCfg(graph: Graph, name: string): string {
  const { channels, height, width } = graph.input;
  const detector = graph.layers.some((placed) => placed.layer.kind === 'yolo');
  const net = { width, height, channels, ...(detector ? DETECTOR_TRAINING : CLASSIFIER_TRAINING) };
  const sections = [sectionText('net', net), ...graph.layers.map((placed) => layerText(placed, graph))];
  return `# ${name}\n${sections.join('\n')}`;
}

function layerText(placed: PlacedLayer<Layer>, graph: Graph): string {
  const { index, layer, inputs, output } = placed;
  // Every layer but a route reads the one before it; a graph that says otherwise was not made by the builder.
  if (layer.kind !== 'route' && inputs[0] !== previous(index))
    throw expected(`an input from layer ${previous(index)}`, `layer ${index} [${layer.kind}]`, inputs[0]);
  if (layer.kind === 'route' && inputs.includes(PICTURE))
    throw expected('layers, not the picture', `layer ${index} [route]`, PICTURE);
  const options = kindOf(layer).options(placed);
  const training = layer.kind === 'yolo' ? { ...HEAD_TRAINING, random: resizable(graph) ? 1 : 0 } : {};
  return `# ${index}: ${shapeText(output)}\n${sectionText(layer.kind, { ...options, ...training })}`;
}

/** A mean that is spread over a map again fits one size of the map only. */
function resizable(graph: Graph): boolean {
  return !graph.layers.some(
    ({ layer, inputShapes }) => layer.kind === 'upsample' && inputShapes[0]!.height === 1,
  );
}

function sectionText(name: string, options: CfgOptions): string {
  const lines = Object.entries(options).map(([key, value]) => `${key}=${value}\n`);
  return `[${name}]\n${lines.join('')}`;
}
