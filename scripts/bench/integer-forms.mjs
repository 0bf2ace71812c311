#!/usr/bin/env node
// A model folder with ranges -> the error of each integer form against fp32, and its time, on this processor.
// Straight on onnxruntime-node, as `session.x64quantprecision` is none of the agent's settings; interleaved in rounds.
// The time is of the processor, with one thread: what others do on the machine hardly matters.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { calibrationFrames } from '../../dist/agent/cli/models/calibration-frames.js';
import { readCpuFeatures } from '../../dist/agent/common/cpu-features.js';
import { readModelFolder } from '../../dist/models/folder/folder.js';
import { amx } from '../../dist/models/quantize/forms/amx.js';
import { boundedPairs } from '../../dist/models/quantize/forms/bounded-pairs.js';
import { eightBits } from '../../dist/models/quantize/forms/eight-bits.js';
import { chooseForm, formText } from '../../dist/models/quantize/forms/registry.js';
import { integerNetwork } from '../../dist/models/quantize/integer-network.js';

const help = `usage: node scripts/bench/integer-forms.mjs FOLDER --data SOURCE [--split NAME] [--pictures N] [--rounds N]

  FOLDER      model folder that \`cspcam models quantize\` wrote
  --data      pictures, COCO annotations or a clip, as quantize takes them
  --pictures  to compare outputs on, default 8
  --rounds    how often every form is timed, default 20

Example:
  node scripts/bench/without-vnni.mjs node scripts/bench/integer-forms.mjs my-int8 --data annotations.json --split val
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean' },
    data: { type: 'string' },
    split: { type: 'string' },
    pictures: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '20' },
  },
});
if (values.help || positionals.length !== 1 || values.data === undefined) {
  process.stdout.write(help);
  process.exit(values.help ? 0 : 2);
}
env.logLevel = 'fatal';
const folder = await readModelFolder(positionals[0]);
const { name, width, height } = folder.description.input;

const plain = await integerNetwork(folder, eightBits);
const forms = [
  { title: 'fp32', network: await readFile(join(folder.directory, 'model.onnx')) },
  { title: eightBits.name, network: plain },
  { title: boundedPairs.name, network: await integerNetwork(folder, boundedPairs) },
  { title: amx.name, network: await integerNetwork(folder, amx) },
  { title: `${eightBits.name}, x64quantprecision`, network: plain, session: { x64quantprecision: '1' } },
];
const rows = [];
for (const { title, network, session } of forms) {
  const options = {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    extra: { session: { set_denormal_as_zero: '1', ...session } },
  };
  rows.push({ title, session: await InferenceSession.create(network, options), times: [] });
}
const run = ({ session }, pixels) =>
  session.run({ [name]: new Tensor('uint8', pixels, [1, 3, height, width]) });

const pictures = [];
const choice = { data: values.data, split: values.split, pictures: Number(values.pictures) };
for await (const pixels of calibrationFrames(choice, folder.description.input)) pictures.push(pixels);
for (const row of rows) {
  let [signal, noise] = [0, 0];
  for (const pixels of pictures) {
    const [floats, found] = [await run(rows[0], pixels), await run(row, pixels)];
    for (const output of Object.keys(floats))
      floats[output].data.forEach((value, i) => {
        signal += value ** 2;
        noise += (value - found[output].data[i]) ** 2;
      });
  }
  row.rms = Math.sqrt(noise / signal);
}
for (let round = 0; round < Number(values.rounds); round++)
  for (const row of rows) {
    const before = process.cpuUsage();
    await run(row, pictures[round % pictures.length]);
    const { user, system } = process.cpuUsage(before);
    row.times.push((user + system) / 1000);
  }

const cpu = await readCpuFeatures();
process.stdout.write(`${cpu.model}, one thread\n${formText(chooseForm('cpu', cpu))}\n`);
process.stdout.write(`${'form'.padEnd(30)}${'off fp32 (rms)'.padEnd(16)}processor ms, minimum (median)\n`);
for (const { title, rms, times } of rows) {
  times.sort((a, b) => a - b);
  const [least, median] = [times[0], times[times.length >> 1]].map((ms) => ms.toFixed(1));
  process.stdout.write(`${title.padEnd(30)}${`${(100 * rms).toFixed(2)}%`.padEnd(16)}${least} (${median})\n`);
}
