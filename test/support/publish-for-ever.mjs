// <broker address> <MQTT version> -> an agent's publisher, 20 messages a second until killed.

import { monotonicMs } from '../../dist/agent/common/clock.js';
import { connect } from '../../dist/agent/messaging/broker/client.js';
import { statusBody } from '../../dist/agent/messaging/payloads/agent.js';
import { Publisher } from '../../dist/agent/messaging/publisher.js';

const [url, protocol] = process.argv.slice(2);

const publisher = new Publisher({
  mqtt: { url, protocol, clientId: 'cspcam-porch', base: 'cspcam', keepAliveSeconds: 30 },
  device: 'porch',
  bootId: `boot-${process.pid}`,
  connect,
  now: Date.now,
  nowMs: monotonicMs,
  random: Math.random,
  onConnection: () => {},
});
await publisher.start(new AbortController().signal);
setInterval(() => {
  const body = statusBody({ camera: 'door', state: 'running', sinceMs: 0, restarts: 0, source: 'test:ball' });
  publisher.publish({ kind: 'status', body });
}, 50);
