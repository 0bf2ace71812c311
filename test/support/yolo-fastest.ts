// The released weights of Yolo-Fastest, where they are -> files to import and the model made of them.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DarknetModel, importDarknet } from '../../models/darknet/model.js';
import { sharedPath } from './shared.js';

export interface YoloFastest {
  readonly cfg: string;
  readonly weights: string;
  readonly names: string;
}

/** Paths, or undefined where the weights are absent. */
export function yoloFastestFiles(): YoloFastest | undefined {
  const folder = sharedPath('weights/yolo-fastest-1.1');
  if (folder === undefined) return undefined;
  const file = (extension: string) => join(folder, `yolo-fastest-1.1.${extension}`);
  const names = join(import.meta.dirname, '../fixtures/coco.names');
  return { cfg: file('cfg'), weights: file('weights'), names };
}

export function importYoloFastest({ cfg, weights, names }: YoloFastest): DarknetModel {
  return importDarknet(
    {
      cfg: { text: readFileSync(cfg, 'utf8'), file: 'yolo-fastest.cfg' },
      weights: { bytes: readFileSync(weights), file: 'yolo-fastest.weights' },
      names: { text: readFileSync(names, 'utf8'), file: 'coco.names' },
    },
    { name: 'yolo-fastest', provenance: {} },
  );
}
