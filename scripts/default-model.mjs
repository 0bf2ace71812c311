// models/default, weights in 16 bits -> dist/models/default, a model folder like any other. Part of the build.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { unpackHalf } from '../dist/models/darknet/half-weights.js';
import { importDarknet } from '../dist/models/darknet/model.js';
import { readNetwork } from '../dist/models/darknet/network.js';
import { writeWeights } from '../dist/models/darknet/weights.js';
import { writeModelFolder } from '../dist/models/folder/folder.js';

const from = (name) => new URL(`../models/default/${name}`, import.meta.url);
const to = fileURLToPath(new URL('../dist/models/default', import.meta.url));

const cfg = await readFile(from('network.cfg'), 'utf8');
const graph = readNetwork(cfg, 'network.cfg');
const weights = unpackHalf(await readFile(from('network.weights16')), graph, 'network.weights16');
const model = importDarknet(
  {
    cfg: { text: cfg, file: 'network.cfg' },
    weights: { bytes: writeWeights(graph, weights), file: 'network.weights16' },
    names: { text: await readFile(from('classes.names'), 'utf8'), file: 'classes.names' },
  },
  { name: 'csppeleenet-efm-sam', provenance: { format: 'darknet', card: 'models/default/README.md' } },
);
await writeModelFolder(to, model.description, model.network, model.darknet);
