// ONNX bytes -> Session on ONNX Runtime; the only owner of onnxruntime-node. Blocks its thread while running.

import { join } from 'node:path';
import { env, InferenceSession, listSupportedBackends, Tensor } from 'onnxruntime-node';
import { CspcamError, expected } from '#common/errors.js';
import type { ModelDescription } from '../folder/description.js';
import type { Outputs, Session, SessionOptions } from './session.js';

// What it logs of a failure is thrown as well, and shown as one line.
env.logLevel = 'fatal';

export const runtimeVersion = env.versions.node ?? env.versions.common;

/**
 * What has a say in the optimized network. Left alone, the runtime makes int8 of a convolution in floats that stands
 * between integers, with one scale for all its filters: what is to stay in floats does not, and sums may leave 16 bits.
 */
export const GRAPH_OPTIONS = {
  graphOptimizationLevel: 'all',
  extra: { optimization: { disable_specified_optimizers: 'WeightBiasQuantization' } },
} as const;

/**
 * Long enough for the gap between two layers, in which a thread that sleeps has to be woken: with two threads a sixth
 * off the time of a frame. Who spins for longer takes the cores from others, and itself waits for them when they do.
 */
const SPIN_US = '50';

const INTEGERS: ReadonlySet<string> = new Set(['int64', 'int32', 'uint8', 'int8']);

/**
 * To be optimized, the same with a file to write the outcome to, or such an outcome: nothing is done to it. With a folder
 * for a profile the outcome lies there as `optimized.onnx`, and once the session is closed what each kernel took, in a file
 * whose name begins with `events`.
 */
export type GraphForm = 'plain' | { readonly saveTo: string } | { readonly profileTo: string } | 'optimized';

/** A network of others is looked at, not run for speed. */
const FOREIGN = { executionProviders: ['cpu'], logSeverityLevel: 4, intraOpNumThreads: 1 } as const;

/** What running a network takes of its description. */
export interface Runnable {
  readonly name: string;
  readonly input: Pick<ModelDescription['input'], 'name' | 'width' | 'height'>;
}

/** Shapes of the outputs, of one run on a black picture. @throws CspcamError for a network that does not run */
export async function dimsOfOutputs(
  network: Uint8Array,
  { input, name }: Runnable,
): Promise<ReadonlyMap<string, readonly number[]>> {
  try {
    const session = await InferenceSession.create(network, {
      graphOptimizationLevel: 'disabled',
      logSeverityLevel: 4,
    });
    try {
      const pixels = new Uint8Array(3 * input.height * input.width);
      const tensor = new Tensor('uint8', pixels, [1, 3, input.height, input.width]);
      const outputs = await session.run({ [input.name]: tensor });
      return new Map(Object.entries(outputs).map(([output, { dims }]) => [output, dims]));
    } finally {
      await session.release();
    }
  } catch (error) {
    const [first] = (error as Error).message.split('\n');
    throw new CspcamError(`expected ${name} to run, received: ${first}`, { cause: error });
  }
}

/** @throws CspcamError when the provider is missing: there is no silent fallback */
export async function openOnnxRuntime(
  network: Uint8Array,
  { input, name }: Runnable,
  { provider, threads }: SessionOptions,
  form: GraphForm = 'plain',
): Promise<Session> {
  const available = listSupportedBackends().map((backend) => backend.name);
  if (!available.includes(provider))
    throw expected(`one of ${available.join(', ')}`, 'the provider', provider);
  const session = await InferenceSession.create(network, {
    executionProviders: [provider],
    ...(form === 'optimized' ? { graphOptimizationLevel: 'disabled' } : GRAPH_OPTIONS),
    ...filesOf(form),
    executionMode: 'sequential',
    interOpNumThreads: 1,
    ...(threads > 0 ? { intraOpNumThreads: threads } : {}),
    logSeverityLevel: 4,
    extra: {
      ...GRAPH_OPTIONS.extra,
      session: {
        intra_op: { allow_spinning: '1', spin_duration_us: SPIN_US },
        set_denormal_as_zero: '1',
        ...(provider === 'cpu' ? {} : { disable_cpu_ep_fallback: '1' }),
      },
    },
  }).catch((error: unknown) => {
    throw new CspcamError(
      `expected ${name} to load on provider ${provider}, received: ${(error as Error).message.split('\n')[0]}`,
      { cause: error },
    );
  });
  try {
    expectPicture(session.inputMetadata, { input, name });
  } catch (error) {
    await session.release();
    throw error;
  }
  const run = async (pixels: Uint8Array): Promise<Outputs> => {
    const tensor = new Tensor('uint8', pixels, [1, 3, input.height, input.width]);
    const outputs = await session.run({ [input.name]: tensor });
    return new Map(Object.entries(outputs).map(([key, value]) => [key, floats(key, value)]));
  };
  return {
    provider,
    isOnThread: true,
    run,
    runInPlace: async (pixels, read) => read(await run(pixels)),
    close: async () => {
      if (typeof form === 'object' && 'profileTo' in form) session.endProfiling();
      await session.release();
    },
  };
}

/** Before the first frame: somebody may have changed model.json. @throws CspcamError for an input that is none of it */
function expectPicture(inputs: readonly InferenceSession.ValueMetadata[], { input, name }: Runnable): void {
  const wanted = `${input.name} 1x3x${input.height}x${input.width} uint8`;
  const given = inputs.map((one) =>
    one.isTensor ? `${one.name} ${one.shape.join('x')} ${one.type}` : one.name,
  );
  if (given.join() !== wanted)
    throw expected(wanted, `the input of the network of ${name}`, given.join(', '));
}

function filesOf(form: GraphForm): Partial<InferenceSession.SessionOptions> {
  if (typeof form === 'string') return {};
  if ('saveTo' in form) return { optimizedModelFilePath: form.saveTo };
  return {
    optimizedModelFilePath: join(form.profileTo, 'optimized.onnx'),
    enableProfiling: true,
    profileFilePrefix: join(form.profileTo, 'events'),
  };
}

/** Labels and counts may be integers. */
function floats(output: string, { data, type }: Tensor): Float32Array {
  if (data instanceof Float32Array) return data;
  if (!INTEGERS.has(type)) throw expected('floats of 32 bits or integers', `output ${output}`, type);
  return Float32Array.from(data as Int32Array | BigInt64Array, Number);
}

export interface TensorValue {
  /** As ONNX Runtime calls it: `float32`, `uint8`, `int64`, `bool` and so on. */
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: ArrayLike<number | bigint | string>;
}

/** What it can compute without a picture is computed, and written as a network again; operators stay ONNX's own. */
export function foldConstants(network: Uint8Array, saveTo: string): Promise<void> {
  return rewrite(network, saveTo, '');
}

/** The same without computing anything: for the shapes of values. */
export function inferShapes(network: Uint8Array, saveTo: string): Promise<void> {
  return rewrite(network, saveTo, 'ConstantFolding');
}

async function rewrite(network: Uint8Array, saveTo: string, without: string): Promise<void> {
  const session = await InferenceSession.create(network, {
    ...FOREIGN,
    graphOptimizationLevel: 'basic',
    optimizedModelFilePath: saveTo,
    extra: { optimization: { disable_specified_optimizers: without } },
  });
  await session.release();
}

/** One run of any network, as its nodes say. */
export async function runOnce(
  network: Uint8Array,
  inputs: ReadonlyMap<string, TensorValue>,
): Promise<ReadonlyMap<string, TensorValue>> {
  const session = await InferenceSession.create(network, { ...FOREIGN, graphOptimizationLevel: 'disabled' });
  try {
    const feeds = [...inputs].map(([name, { type, dims, data }]) => [
      name,
      new Tensor(type as 'float32', data as Float32Array, dims),
    ]);
    const outputs = await session.run(Object.fromEntries(feeds));
    return new Map(
      Object.entries(outputs).map(([name, { type, dims, data }]) => [
        name,
        { type, dims, data: data as TensorValue['data'] },
      ]),
    );
  } finally {
    await session.release();
  }
}
