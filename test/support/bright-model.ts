// -> a model folder whose network finds bright spots: real, tiny, the same on every machine, for tests of the
// path around the network.

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importDarknet } from '../../models/darknet/model.js';
import type { Resize } from '../../models/folder/description.js';
import { writeModelFolder } from '../../models/folder/folder.js';
import { weightsFile } from './small-networks.js';

const CELL = 8;
const FILTERS = 6; // x, y, w, h, objectness, class

/** Input of the network, pixels. */
export const BRIGHT_SIZE = 160;

/**
 * One convolution: objectness is the mean brightness of a cell of 8 x 8, positive above a quarter.
 *
 * @param resize default centred, on black
 */
export async function brightModel(resize?: Resize): Promise<string> {
  const cfg =
    `[net]\nwidth=${BRIGHT_SIZE}\nheight=${BRIGHT_SIZE}\nchannels=3\n` +
    `[convolutional]\nfilters=${FILTERS}\nsize=${CELL}\nstride=${CELL}\npad=0\nactivation=linear\n` +
    `[yolo]\nmask=0\nanchors=${CELL},${CELL}\nnum=1\nclasses=1\n`;
  const inputs = 3 * CELL * CELL;
  const kernel = Array.from({ length: FILTERS * inputs }, (_, i) =>
    Math.floor(i / inputs) === 4 ? 24 / inputs : 0,
  );
  const model = importDarknet(
    {
      cfg: { text: cfg, file: 'bright.cfg' },
      weights: { bytes: weightsFile([0, 0, 0, 0, -6, 20, ...kernel]), file: 'bright.weights' },
      names: { text: 'bright\n', file: 'bright.names' },
    },
    { name: 'bright', provenance: { format: 'test' } },
  );
  const folder = join(await mkdtemp(join(tmpdir(), 'bright-')), 'model');
  const { input } = model.description;
  const description = { ...model.description, input: { ...input, ...(resize && { resize }) } };
  await writeModelFolder(folder, description, model.network);
  return folder;
}
