// models/FOLDER, weights in 16 bits and ranges for int8 -> dist/models/FOLDER, a model folder like any other. Part of the
// build. usage: node scripts/bundled-models.mjs FOLDER

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { unpackHalf } from '../dist/models/darknet/half-weights.js';
import { importDarknet } from '../dist/models/darknet/model.js';
import { readNetwork } from '../dist/models/darknet/network.js';
import { writeWeights } from '../dist/models/darknet/weights.js';
import { withBoxVoting } from '../dist/models/decode/registry.js';
import { writeModelFolder } from '../dist/models/folder/folder.js';
import { BUNDLED, expectBundled } from './bundled.mjs';

/** IoU; models/README.md, Decoders, tells what it was chosen by. */
const BOX_VOTING = 0.6;

const [folder] = process.argv.slice(2);
expectBundled(folder);
const from = (name) => new URL(`../models/${folder}/${name}`, import.meta.url);
const to = fileURLToPath(new URL(`../dist/models/${folder}`, import.meta.url));

const cfg = await readFile(from('network.cfg'), 'utf8');
const graph = readNetwork(cfg, 'network.cfg');
const packed = await readFile(from('network.weights16'));
const weights = unpackHalf(packed, graph, 'network.weights16');
const model = importDarknet(
  {
    cfg: { text: cfg, file: 'network.cfg' },
    weights: { bytes: writeWeights(graph, weights), file: 'network.weights16' },
    names: { text: await readFile(from('classes.names'), 'utf8'), file: 'classes.names' },
  },
  { name: BUNDLED[folder], provenance: { format: 'darknet', card: `models/${folder}/README.md` } },
);
const measured = JSON.parse(await readFile(from('quantization.json'), 'utf8').catch(() => '{}'));
const hasRanges = measured.weights === createHash('sha256').update(packed).digest('hex');
if (!hasRanges)
  process.stderr.write(
    `models/${folder}: ranges.json is not of these weights, so the model runs in floats; node scripts/bundled-ranges.mjs ${folder} DATA makes it anew\n`,
  );
await writeModelFolder(
  to,
  {
    ...model.description,
    decoder: withBoxVoting(model.description.decoder, BOX_VOTING),
    ...(hasRanges && { quantization: measured.quantization }),
  },
  model.network,
  model.darknet,
  hasRanges ? await readFile(from('ranges.json')) : undefined,
);
