// Sections of a .cfg -> Graph with absolute inputs and checked shapes.

import { CspcamError, expected } from '#common/errors.js';
import type { PlacedLayer, Shape } from '../graph/graph.js';
import { placeLayer } from '../graph/place.js';
import { type Graph, type Layer, layerKind, SECTION_NAMES } from '../layers/registry.js';
import { type CfgSection, parseCfg } from './cfg.js';

const ALIASES: Readonly<Record<string, string>> = {
  conv: 'convolutional',
  max: 'maxpool',
  avg: 'avgpool',
  soft: 'softmax',
};

/** What the deepest map of a detector is smaller by. */
const USUAL_STRIDE = 32;

/** @throws CspcamError naming file, line and layer */
export function readNetwork(text: string, file: string): Graph {
  const [net, ...sections] = parseCfg(text, file);
  if (!net || (net.name !== 'net' && net.name !== 'network'))
    throw expected('[net] as the first section', file, net ? `[${net.name}]` : undefined);
  const input: Shape = {
    channels: net.positive('channels', 3),
    height: net.positive('height', 416),
    width: net.positive('width', 416),
  };
  if (input.channels !== 3) throw expected('3', net.where('channels'), input.channels);
  if (sections.length === 0) throw expected('at least one layer', file, undefined);
  const layers: PlacedLayer<Layer>[] = [];
  for (const section of sections) layers.push(place(section, layers, input));
  return { input, layers };
}

/** Where layers do not fit each other, the size of the input is mostly what is wrong. */
function sizeHint({ width, height }: Shape): string {
  const halves = width % USUAL_STRIDE === 0 && height % USUAL_STRIDE === 0;
  return halves
    ? ''
    : `; width and height of [net] are mostly multiples of ${USUAL_STRIDE}, here ${width}x${height}`;
}

function place(
  section: CfgSection,
  before: readonly PlacedLayer<Layer>[],
  picture: Shape,
): PlacedLayer<Layer> {
  const index = before.length;
  const kind = layerKind(ALIASES[section.name] ?? section.name);
  if (!kind)
    throw expected(
      `one of ${SECTION_NAMES.join(', ')}`,
      `layer ${index} (${section.file}:${section.line})`,
      `[${section.name}]`,
    );
  const { layer, inputs } = kind.parse(section, index);
  try {
    return placeLayer(layer, inputs, before, picture);
  } catch (error) {
    if (!(error instanceof CspcamError)) throw error;
    const where = `layer ${index} [${section.name}] (${section.file}:${section.line})`;
    throw new CspcamError(`${where}: ${error.message}${sizeHint(picture)}`, { cause: error });
  }
}
