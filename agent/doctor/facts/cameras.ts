// Cameras of a configuration -> what each says, by one connection and one login to each stream.

import { CspcamError } from '#common/errors.js';
import { expectWithin } from '#common/time-limit.js';
import { CaptureError, type Failure } from '../../../pipelines/failure.js';
import { findSource } from '../../../pipelines/find-source.js';
import { probeSource } from '../../../pipelines/probe.js';
import type { Source } from '../../../pipelines/sources.js';
import { trusting } from '../../../pipelines/trust.js';
import type { Config } from '../../config/schema.js';

export interface CameraAnswer {
  readonly camera: string;
  readonly key: 'source' | 'detect';
  readonly scheme: Source['scheme'];
  /** What it said, or why it gives no video; `not-tried` where another stream was refused the same login. */
  readonly answer:
    | { readonly says: string }
    | { readonly failure: Failure | 'not-tried'; readonly message: string };
}

/** To be reached, for the login and for the description, each in its own time. */
const STREAM_MS = 20_000;

type CameraConfig = Config['cameras'][string];

interface Stream {
  readonly camera: string;
  readonly key: CameraAnswer['key'];
  readonly source: Source;
  readonly config: CameraConfig;
}

/** Cameras lock an account after a few wrong logins: of one that was refused the same is not sent to its host again. */
export async function askCameras(
  { cameras }: Pick<Config, 'cameras'>,
  signal: AbortSignal,
): Promise<CameraAnswer[]> {
  const streams = Object.entries(cameras).flatMap(([camera, config]): Stream[] => {
    if (!config.enabled) return [];
    const { source, detect } = config;
    return [
      { camera, key: 'source', source: findSource(source), config },
      ...(detect === undefined
        ? []
        : [{ camera, key: 'detect', source: findSource(detect), config } as const]),
    ];
  });
  const byLogin = new Map<string, Stream[]>();
  for (const stream of streams) {
    const login = loginOf(stream);
    byLogin.set(login, [...(byLogin.get(login) ?? []), stream]);
  }
  const answers = await Promise.all([...byLogin.values()].map((same) => askInTurn(same, signal)));
  // In the order of the configuration.
  return streams.map((stream) => answers.flat().find(({ of }) => of === stream)!.answer);
}

/** Host, user and password as one word; a word of its own where there is no login. */
function loginOf({ camera, key, source }: Stream): string {
  if (!('camera' in source) || source.camera.credentials === undefined) return `${camera} ${key}`;
  const { host, credentials } = source.camera;
  return JSON.stringify([host, credentials.user, credentials.password]);
}

/** One after the other until one is accepted: what works for one stream of a host does not lock the account of another. */
async function askInTurn(streams: readonly Stream[], signal: AbortSignal): Promise<Asked[]> {
  const [first, ...others] = streams;
  if (first === undefined) return [];
  const answer = await askOne(first, signal);
  const asked = [answeredBy(first, answer)];
  if ('says' in answer)
    return [
      ...asked,
      ...(await Promise.all(others.map(async (other) => answeredBy(other, await askOne(other, signal))))),
    ];
  if (answer.failure !== 'unauthorized') return [...asked, ...(await askInTurn(others, signal))];
  return [...asked, ...others.map((other) => answeredBy(other, NOT_TRIED))];
}

interface Asked {
  readonly of: Stream;
  readonly answer: CameraAnswer;
}

const NOT_TRIED: CameraAnswer['answer'] = {
  failure: 'not-tried',
  message: 'not asked: its host has refused this login to another stream',
};

function answeredBy(of: Stream, answer: CameraAnswer['answer']): Asked {
  const { camera, key, source } = of;
  return { of, answer: { camera, key, scheme: source.scheme, answer } };
}

async function askOne(
  { camera, source, config }: Stream,
  signal: AbortSignal,
): Promise<CameraAnswer['answer']> {
  try {
    signal.throwIfAborted();
    const probed = probeSource(await trusting(source, config));
    return { says: await expectWithin(STREAM_MS, probed, 'an answer', camera) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof CaptureError) return error.report;
    if (error instanceof CspcamError) return { failure: 'unreachable', message: error.message };
    // The file of authorities is the only thing that is read here.
    return { failure: 'certificate', message: (error as Error).message };
  }
}
