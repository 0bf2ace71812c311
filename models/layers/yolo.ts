// [yolo]: a detection head. Its input leaves the graph raw; anchors and options describe how to decode it.

import { expected } from '../../agent/errors.js';
import type { CfgSection } from '../darknet/cfg.js';
import { type LayerKind, previous } from './kind.js';

export interface YoloLayer {
  readonly kind: 'yolo';
  readonly classes: number;
  /** Width and height in input pixels, of this head only. */
  readonly anchors: readonly (readonly [number, number])[];
  readonly scaleXY: number;
  readonly newCoords: boolean;
  readonly nms: { readonly kind: 'greedy' | 'diou'; readonly beta: number };
}

export const yolo: LayerKind<YoloLayer> = {
  section: 'yolo',

  parse(section: CfgSection, index: number) {
    const flat = section.numbers('anchors');
    const total = section.positive('num', 1);
    if (flat.length !== 2 * total)
      throw expected(`${2 * total} numbers (num=${total})`, section.where('anchors'), `${flat.length}`);
    const mask =
      section.text('mask') === undefined ? flat.map((_, i) => i).slice(0, total) : section.numbers('mask');
    const anchors = mask.map((m) => {
      if (!Number.isInteger(m) || m < 0 || m >= total)
        throw expected(`0 to ${total - 1}`, section.where('mask'), m);
      return [flat[2 * m]!, flat[2 * m + 1]!] as const;
    });
    const nmsKind = section.text('nms_kind') ?? 'greedynms';
    const layer: YoloLayer = {
      kind: 'yolo',
      classes: section.positive('classes', 20),
      anchors,
      scaleXY: section.number('scale_x_y', 1),
      newCoords: section.integer('new_coords', 0) !== 0,
      nms: { kind: nmsKind === 'diounms' ? 'diou' : 'greedy', beta: section.number('beta_nms', 0.6) },
    };
    return { layer, inputs: [previous(index)] };
  },

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
