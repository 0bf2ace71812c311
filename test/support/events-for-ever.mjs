// <broker port> <outbox folder> -> an agent's publisher and outbox: numbered events as fast as they go, each number
// on standard output once the outbox has it, until killed.

import { writeSync } from 'node:fs';
import { monotonicMs } from '../../dist/agent/common/clock.js';
import { connect } from '../../dist/agent/messaging/broker/client.js';
import { MachineClock } from '../../dist/agent/messaging/outbox/machine-clock.js';
import { Outbox } from '../../dist/agent/messaging/outbox/outbox.js';
import { Publisher } from '../../dist/agent/messaging/publisher.js';

const never = new AbortController().signal;
const [port, directory, first] = process.argv.slice(2);
const clock = new MachineClock();
const outbox = new Outbox({
  directory,
  where: 'mqtt.outbox.directory',
  maxBytes: 64 << 20,
  send: (topic, payload, done) => publisher.sendStored(topic, payload, done),
  now: () => clock.now(),
  maxAgeMs: 3_600_000,
  replayPerSecond: 5000,
  onDisk: (failure) => failure && console.error(failure.message),
  onLoss: () => {},
});
await outbox.start(never);
const publisher = new Publisher({
  mqtt: {
    url: `mqtt://127.0.0.1:${port}`,
    protocol: '5',
    clientId: 'cspcam-porch',
    base: 'cspcam',
    keepAliveSeconds: 30,
  },
  device: 'porch',
  bootId: `boot-${process.pid}`,
  connect,
  now: Date.now,
  nowMs: monotonicMs,
  random: Math.random,
  onConnection: () => {},
  backoff: { firstMs: 50, longestMs: 200 },
  outbox,
});
await publisher.start(never);

let next = Number(first);
const end = () => {
  clearInterval(timer);
  const waiting = setInterval(() => {
    if (outbox.report.pending > 0) return;
    clearInterval(waiting);
    publisher
      .stop()
      .then(() => outbox.stop())
      .then(() => process.exit(0));
  }, 20);
};
process.on('SIGTERM', end);
const timer = setInterval(() => {
  for (let i = 0; i < 5; i++) {
    outbox.put('cspcam/porch/camera/door/events', JSON.stringify({ number: next }));
    writeSync(1, `${next++}\n`);
  }
}, 2);
