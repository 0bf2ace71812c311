// Names that an agent had -> what it left retained under them, found and cleared in one connection.

import { monotonicMs } from '#common/clock.js';
import { CspcamError, expected } from '#common/errors.js';
import type { MqttConfig } from '../config/schema.js';
import { connect, type Incoming } from './broker/client.js';
import { BrokerSession, type ConnectionEvent } from './broker/session.js';
import { retainedFilters, topicOf } from './topics.js';

export interface ForgetOptions {
  /** How the broker is reached; names in it are not looked at. */
  readonly mqtt: MqttConfig;
  readonly base: string;
  readonly device: string;
  /** Of Home Assistant's discovery. */
  readonly prefix: string;
  /** With another prefix alone, what is below the base still is the agent's. */
  readonly of: 'everything' | 'discovery';
  /** Only looks. */
  readonly isDry: boolean;
  /** Also what an agent that is running now has said. */
  readonly isForced: boolean;
}

/** What is retained comes at once; so long without any, and that was all. */
const QUIET_MS = 1500;
const FAREWELL_MS = 2000;

/**
 * @returns the topics that were cleared, or would be, in their order
 * @throws CspcamError where the broker cannot be reached or refuses; where an agent runs under these names
 */
export async function forget(options: ForgetOptions, signal: AbortSignal): Promise<string[]> {
  signal.throwIfAborted();
  const { mqtt, base, device, prefix, of, isDry, isForced } = options;
  const found = new Set<string>();
  const state = topicOf(base, device, 'state', {});
  const announced = `"${state}"`;
  let isOnline = false;
  let quiet: NodeJS.Timeout | undefined;
  let connected = () => {};
  let failed = (_error: Error) => {};
  const session = new BrokerSession(
    {
      // Beside the agent, not in its place.
      mqtt: { ...mqtt, clientId: `${mqtt.clientId}-forget` },
      connect,
      nowMs: monotonicMs,
      random: Math.random,
      onConnection: (event: ConnectionEvent) => {
        if (event.status === 'retrying') failed(new CspcamError(event.failure.message));
      },
      onRefusal: ({ topic, reason, words }) =>
        failed(expected('permission of the broker', topic, words ?? reason)),
      // Too long to be read, and there all the same.
      onSkip: ({ topic }) => topic.startsWith(`${base}/${device}/`) && found.add(topic),
    },
    {
      will: () => undefined,
      connected: () => connected(),
      disconnected: () => {},
      farewell: async () => {},
      farewellMs: FAREWELL_MS,
    },
  );
  const onMessage = ({ topic, payload, retained }: Incoming) => {
    quiet?.refresh();
    if (!retained || payload.byteLength === 0) return;
    if (topic.startsWith(`${prefix}/device/`) && !payload.includes(announced)) return;
    if (topic === state) isOnline = payload.includes('"online"');
    found.add(topic);
  };
  const below = of === 'everything' ? retainedFilters(base, device) : [];
  session.listen([], onMessage, [...below, `${prefix}/device/+/config`]);
  const onAbort = () => failed(signal.reason as Error);
  signal.addEventListener('abort', onAbort);
  const failure = new Promise<never>((_, reject) => {
    failed = reject;
  });
  try {
    await Promise.race([
      failure,
      new Promise<void>((resolve) => {
        connected = () => {
          quiet = setTimeout(resolve, QUIET_MS);
        };
        void session.start(signal);
      }),
    ]);
    if (isOnline && !(isDry || isForced)) {
      const remedy = `no agent that runs as ${base}/${device} (stop it, or --force)`;
      throw expected(remedy, state, 'online');
    }
    const topics = [...found].sort();
    if (!isDry) await Promise.race([failure, Promise.all(topics.map((topic) => cleared(session, topic)))]);
    return topics;
  } finally {
    clearTimeout(quiet);
    signal.removeEventListener('abort', onAbort);
    await session.stop();
  }
}

function cleared(session: BrokerSession, topic: string): Promise<void> {
  return new Promise((resolve) => {
    session.send({ topic, payload: '', options: { qos: 1, retain: true } }, ({ kind }) => {
      // What the broker refuses is told to `onRefusal`, and what it has not answered by `onConnection`.
      if (kind === 'delivered') resolve();
    });
  });
}
