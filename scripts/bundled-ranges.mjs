// Data sets -> models/FOLDER/ranges.json and quantization.json: ranges for int8 of the weights that are there, and what
// they lose. Numbers only; no picture comes along. After new weights (scripts/pack-weights.mjs):
// usage: npm run build && node scripts/bundled-ranges.mjs FOLDER DATA && npm run build
// where DATA holds SET/images of each set below, and coco256 with its annotations, as models/training has them.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expectBundled } from './bundled.mjs';

/** Day and night, indoors, streets, surveillance cameras, portraits, crowds, and pictures of anything. */
const SETS = [
  'accident_cctv990',
  'atl_traffic',
  'beijing_brt',
  'camvid701',
  'classroom_bav',
  'coco_tiny80',
  'fashion_ccp2098',
  'fight_surv300',
  'hardhat7035',
  'highway2442',
  'humanseg290',
  'imagenet1000_unlabelled',
  'mall_cctv',
  'montreal_cctv101',
  'roadscene221',
  'shanghaitech_b38',
  'tud_motionpairs',
];
/** Together. */
const PICTURES = 170;
/**
 * Of the three, for the default weights the nearest to the floats on pictures of two other sets; for the small ones the one
 * that leaves nothing in floats. Between them lie tenths of a point.
 */
const METHODS = { default: 'percentile', small: 'mse' };
/** Held out of training and calibration. */
const MEASURED = { set: 'coco256', split: 'val' };

const [folder, data] = process.argv.slice(2);
expectBundled(folder);
const at = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const temporary = await mkdtemp(join(tmpdir(), 'bundled-ranges-'));
try {
  const { status } = spawnSync(
    process.execPath,
    [
      at('dist/agent/cli/main.js'),
      ...['models', 'quantize', at(`dist/models/${folder}`)],
      ...SETS.flatMap((set) => ['--data', join(data, set, 'images')]),
      ...['--pictures', `${PICTURES}`, '--method', METHODS[folder]],
      ...['--eval', join(data, MEASURED.set, 'annotations.json'), '--eval-split', MEASURED.split],
      ...['--out', temporary],
    ],
    { stdio: 'inherit' },
  );
  if (status !== 0) process.exit(status ?? 1);
  const { quantization } = JSON.parse(await readFile(join(temporary, 'model.json'), 'utf8'));
  const { accuracy } = quantization;
  const weights = await readFile(at(`models/${folder}/network.weights16`));
  const written = {
    // Ranges of other weights are of no use: the build leaves them out.
    weights: createHash('sha256').update(weights).digest('hex'),
    quantization: {
      ...quantization,
      data: `as many of each: ${SETS.join(', ')}`,
      accuracy: { ...accuracy, data: `${MEASURED.set}, split ${MEASURED.split}` },
    },
  };
  await writeFile(at(`models/${folder}/quantization.json`), `${JSON.stringify(written, undefined, 2)}\n`);
  await writeFile(at(`models/${folder}/ranges.json`), await readFile(join(temporary, 'ranges.json')));
} finally {
  await rm(temporary, { recursive: true, force: true });
}
