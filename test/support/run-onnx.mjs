// ONNX files with the bytes they take -> their outputs, on whatever processor this Node runs on. Standard input to output.
import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';

/** @type {{ network: string, dims: number[], bytes: number[] }[]} */
const jobs = JSON.parse(readFileSync(0, 'utf8'));
const outputs = [];
for (const { network, dims, bytes } of jobs) {
  const session = await InferenceSession.create(Buffer.from(network, 'base64'), {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const { output } = await session.run({ bytes: new Tensor('uint8', Uint8Array.from(bytes), dims) });
  outputs.push([...output.data]);
}
process.stdout.write(JSON.stringify(outputs));
