// The product's own session under the clock: JSON lines on standard input -> JSON lines on standard output, as peer.py.

import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { rounded } from '../../../agent/bench/figures.js';
import { openEngine } from '../../../models/runtime/engines/engine-session.js';
import { engineNamed, isEngine } from '../../../models/runtime/engines/registry.js';
import { openOnnxRuntime } from '../../../models/runtime/onnxruntime.js';
import type { Session } from '../../../models/runtime/session.js';
import { timeRuns } from '../timed-runs.js';
import type { Answer, OpenJob, Request } from './protocol.js';

const FEWEST_RUNS = 3;
const WARM_UP_RUNS = 2;

let session: Session | undefined;
let pixels = new Uint8Array();

async function open({
  engine,
  precision,
  files,
  size: [width, height],
  threads,
  ...job
}: OpenJob): Promise<Answer> {
  pixels = new Uint8Array(await readFile(job.pixels));
  const input = { name: 'pixels', width, height };
  const network = await readFile(files['onnx']!);
  const model = { name: files['onnx']!, input };
  session = isEngine(engine)
    ? await openEngine(await engineNamed(engine), network, model, {
        threads,
        precision: precision === 'fp32' ? 'fp32' : 'auto',
      })
    : await openOnnxRuntime(network, model, { provider: 'cpu', threads });
  const values = await session.run(pixels);
  const bytes = job.outputs.map((name) => {
    const { buffer, byteOffset, byteLength } = values.get(name)!;
    return Buffer.from(buffer, byteOffset, byteLength);
  });
  return { outputs: Buffer.concat(bytes).toString('base64') };
}

async function burst(seconds: number): Promise<Answer> {
  // As OpenVINO's own loop, whose outputs are views of its memory.
  const run = () => session!.runInPlace(pixels, () => undefined);
  for (let i = 0; i < WARM_UP_RUNS; i++) await run();
  const times = await timeRuns(run, {
    durationMs: 1000 * seconds,
    fewest: FEWEST_RUNS,
  });
  return { ms: times.map((ms) => rounded(ms)) };
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as Request;
  const answer = await ('open' in request ? open(request.open) : burst(request.burst.seconds)).catch(
    (error: Error): Answer => ({ error: error.message }),
  );
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await session?.close();
