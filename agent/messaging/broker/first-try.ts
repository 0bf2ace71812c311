// Settings of a broker -> what comes of one connection to it: how it speaks, or why it does not.

import { monotonicMs } from '#common/clock.js';
import type { MqttConfig } from '../../config/schema.js';
import { connect, type Protocol } from './client.js';
import type { BrokerFailure } from './failures.js';
import type { BrokerLimits } from './limits.js';
import { BrokerSession } from './session.js';

export type FirstTry =
  | {
      readonly protocol: Protocol;
      readonly limits: BrokerLimits;
      /** What is retained on the topic that was asked for; nothing where that came too late, or is not there. */
      readonly retained?: string;
      /** Why the topic may not be read. */
      readonly refusal?: string;
    }
  | { readonly failure: BrokerFailure };

/** What is retained comes at once. */
const QUIET_MS = 500;

/**
 * One login, under a client id of its own: beside the agent, not in its place.
 *
 * @param topic that is looked at, `cspcam/porch/state`
 * @throws the reason of the signal
 */
export async function tryBroker(
  mqtt: MqttConfig,
  topic: string,
  suffix: string,
  signal: AbortSignal,
): Promise<FirstTry> {
  signal.throwIfAborted();
  let retained: string | undefined;
  let refusal: string | undefined;
  let tried = (_outcome: FirstTry) => {};
  const session = new BrokerSession(
    {
      mqtt: { ...mqtt, clientId: `${mqtt.clientId}-${suffix}` },
      connect,
      nowMs: monotonicMs,
      random: Math.random,
      onConnection: (event) => {
        if (event.status === 'retrying') tried({ failure: event.failure });
        else
          setTimeout(() => {
            const said = {
              ...(retained !== undefined && { retained }),
              ...(refusal !== undefined && { refusal }),
            };
            tried({ protocol: event.protocol, limits: session.limits, ...said });
          }, QUIET_MS);
      },
      onRefusal: ({ words, reason }) => {
        refusal = words ?? reason;
      },
    },
    {
      will: () => undefined,
      connected: () => {},
      disconnected: () => {},
      farewell: async () => {},
      farewellMs: QUIET_MS,
    },
  );
  session.listen([topic], ({ payload }) => {
    retained = payload.toString('utf8');
  });
  let onAbort = () => {};
  try {
    return await new Promise((resolve, reject) => {
      tried = resolve;
      onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort);
      session.start(signal).catch(reject);
    });
  } finally {
    signal.removeEventListener('abort', onAbort);
    await session.stop();
  }
}
