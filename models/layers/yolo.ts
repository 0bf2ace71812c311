// [yolo]: a detection head. Its input leaves the graph raw; anchors and options describe how to decode it.

import { expected } from '#common/errors.js';
import type { CfgSection } from '../darknet/cfg.js';
import { type LayerKind, previous, unless } from './kind.js';

export type Anchor = readonly [width: number, height: number];

export interface YoloLayer {
  readonly kind: 'yolo';
  readonly classes: number;
  /** Width and height in input pixels, of this head only. */
  readonly anchors: readonly Anchor[];
  /** Of the whole network: training assigns an object to the best of all. */
  readonly allAnchors: readonly Anchor[];
  /** Places of `anchors` in `allAnchors`. */
  readonly mask: readonly number[];
  readonly scaleXY: number;
  readonly newCoords: boolean;
  readonly nms: { readonly kind: 'greedy' | 'diou'; readonly beta: number };
}

/** By Darknet's names; its default is greedy by IoU. */
const NMS_KINDS: ReadonlyMap<string, YoloLayer['nms']['kind']> = new Map([
  ['default', 'greedy'],
  ['greedynms', 'greedy'],
  ['diounms', 'diou'],
]);

export const yolo: LayerKind<YoloLayer> = {
  section: 'yolo',

  parse(section: CfgSection, index: number) {
    const flat = section.numbers('anchors');
    const total = section.positive('num', 1);
    if (flat.length !== 2 * total)
      throw expected(`${2 * total} numbers (num=${total})`, section.where('anchors'), `${flat.length}`);
    const mask =
      section.text('mask') === undefined ? flat.map((_, i) => i).slice(0, total) : section.numbers('mask');
    const allAnchors = Array.from({ length: total }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!] as const);
    const anchors = mask.map((m) => {
      if (!Number.isInteger(m) || m < 0 || m >= total)
        throw expected(`0 to ${total - 1}`, section.where('mask'), m);
      return allAnchors[m]!;
    });
    const nmsKind = section.text('nms_kind') ?? 'default';
    const kind = NMS_KINDS.get(nmsKind);
    if (kind === undefined)
      throw expected(`one of ${[...NMS_KINDS.keys()].join(', ')}`, section.where('nms_kind'), nmsKind);
    const layer: YoloLayer = {
      kind: 'yolo',
      classes: section.positive('classes', 20),
      anchors,
      allAnchors,
      mask,
      scaleXY: section.number('scale_x_y', 1),
      newCoords: section.integer('new_coords', 0) !== 0,
      nms: { kind, beta: section.number('beta_nms', 0.6) },
    };
    return { layer, inputs: [previous(index)] };
  },

  options: ({ layer }) => ({
    mask: layer.mask.join(','),
    anchors: layer.allAnchors.map((anchor) => anchor.join(',')).join(', '),
    num: layer.allAnchors.length,
    classes: layer.classes,
    ...unless('scale_x_y', layer.scaleXY, 1),
    ...unless('new_coords', layer.newCoords ? 1 : 0, 0),
    nms_kind: layer.nms.kind === 'diou' ? 'diounms' : 'greedynms',
    beta_nms: layer.nms.beta,
  }),

  output(layer, [input]) {
    const channels = layer.anchors.length * (5 + layer.classes);
    if (input!.channels !== channels)
      throw expected(
        `${channels} channels (${layer.anchors.length} anchors * (5 + ${layer.classes} classes))`,
        'yolo',
        input!.channels,
      );
    return input!;
  },

  onnx: (_placed, { values }) => values[0]!,
};
