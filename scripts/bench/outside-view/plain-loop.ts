// What anybody would write: a session, a tensor, run after run on the main thread -> milliseconds of a frame as JSON.
// A process of its own: model folder, threads and seconds are its arguments.

import { InferenceSession, Tensor } from 'onnxruntime-node';
import { readCpuFeatures } from '#common/cpu-features.js';
import { median } from '../../../agent/bench/figures.js';
import { readModelFolder } from '../../../models/folder/folder.js';
import { chooseNetwork } from '../../../models/runtime/network.js';
import { timeRuns } from '../timed-runs.js';

export interface PlainTimes {
  readonly mean: number;
  readonly median: number;
}

const GREY = 127;
const WARM_UP_MS = 1000;

const [model = '', threads, seconds] = process.argv.slice(2);
const folder = await readModelFolder(model);
const { input } = folder.description;
const network = await chooseNetwork(folder, 'cpu', await readCpuFeatures()).bytes();
const session = await InferenceSession.create(network, {
  intraOpNumThreads: Number(threads),
});
const pixels = new Uint8Array(3 * input.width * input.height).fill(GREY);
const once = () =>
  session.run({ [input.name]: new Tensor('uint8', pixels, [1, 3, input.height, input.width]) });
await timeRuns(once, { durationMs: WARM_UP_MS });
const times = await timeRuns(once, { durationMs: 1000 * Number(seconds) });
const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length;
const result: PlainTimes = { mean, median: median(times) };
process.stdout.write(JSON.stringify(result));
