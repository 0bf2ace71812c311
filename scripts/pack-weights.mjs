// Trained .cfg and .weights -> models/FOLDER, a model that comes with the package, its weights in 16 bits.
// usage: node scripts/pack-weights.mjs FOLDER NETWORK.cfg NETWORK.weights CLASSES.names

import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { packHalf } from '../dist/models/darknet/half-weights.js';
import { readNetwork } from '../dist/models/darknet/network.js';
import { readWeights } from '../dist/models/darknet/weights.js';
import { expectBundled } from './bundled.mjs';

const [name, cfgFile, weightsFile, namesFile] = process.argv.slice(2);
expectBundled(name);
const cfg = await readFile(cfgFile, 'utf8');
const graph = readNetwork(cfg, basename(cfgFile));
const weights = readWeights(await readFile(weightsFile), graph, basename(weightsFile));
const folder = new URL(`../models/${name}/`, import.meta.url);
await writeFile(new URL('network.cfg', folder), cfg);
await writeFile(new URL('network.weights16', folder), packHalf(graph, weights));
await writeFile(new URL('classes.names', folder), await readFile(namesFile));
