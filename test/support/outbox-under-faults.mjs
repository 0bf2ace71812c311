// A plan as JSON -> publisher and outbox in a process of their own, over an injected layer of files that refuses, fails
// or ends the process by kill -9 at any call of it, and an injected clock. What happens to each message goes to
// standard output, a line each; steps come by IPC.

import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const plan = JSON.parse(process.argv[2]);
const real = { ...fs };
const tell = (...words) => real.writeSync(1, `${words.join(' ')}\n`);

/** What the disk does: `ok`, `full`, `read-only`. */
let disk = plan.disk;
let calls = 0;
/** The process ends before the call of this number, or in its middle. */
const { killAtCall } = plan;

const refusal = (code) => Object.assign(new Error(code), { code });
const isOurs = (path) => String(path).startsWith(plan.directory);
const die = () => process.kill(process.pid, 'SIGKILL');
function gate(isWriting, needsRoom) {
  if (++calls === killAtCall) die();
  if (isWriting && disk === 'read-only') throw refusal('EROFS');
  if (needsRoom && disk === 'full') throw refusal('ENOSPC');
}

const descriptors = new Set();
fs.openSync = (path, flags, mode) => {
  if (isOurs(path)) gate(flags !== 'r', flags === 'w+');
  const descriptor = real.openSync(path, flags, mode);
  if (isOurs(path)) descriptors.add(descriptor);
  return descriptor;
};
fs.closeSync = (descriptor) => {
  descriptors.delete(descriptor);
  real.closeSync(descriptor);
};
fs.writeSync = (descriptor, bytes, ...where) => {
  if (!descriptors.has(descriptor)) return real.writeSync(descriptor, bytes, ...where);
  // Records need room, what is overwritten in place does not.
  gate(true, bytes[0] === 0xff);
  const [offset, length, position] = where;
  if (calls + 1 === killAtCall && length > 1) {
    real.writeSync(descriptor, bytes, offset, length >> 1, position);
    die();
  }
  return real.writeSync(descriptor, bytes, ...where);
};
for (const name of ['writeFileSync', 'rmSync', 'ftruncateSync', 'mkdirSync']) {
  fs[name] = (target, ...given) => {
    const isThere = name === 'mkdirSync' && real.existsSync(target);
    if (!isThere && (typeof target === 'number' ? descriptors.has(target) : isOurs(target)))
      gate(true, name === 'writeFileSync');
    return real[name](target, ...given);
  };
}
syncBuiltinESMExports();

// A second of the store passes twenty times in one of ours.
const { setInterval: every } = globalThis;
globalThis.setInterval = (act, ms, ...given) => every(act, ms === 1000 ? 50 : ms, ...given);

const { connect } = await import('../../dist/agent/messaging/broker/client.js');
const { Outbox } = await import('../../dist/agent/messaging/outbox/outbox.js');
const { Settlements } = await import('../../dist/agent/messaging/outbox/settlements.js');
const { Publisher } = await import('../../dist/agent/messaging/publisher.js');

let lastSettled = -1;
let lastNumbered = -1;
const { settle } = Settlements.prototype;
Settlements.prototype.settle = function (index, settled) {
  if (!this.isSettled(index) && index < this.end) {
    lastSettled = index;
    tell('settled', index, settled.kind, settled.reason ?? '');
  }
  settle.call(this, index, settled);
};
const { produce } = Settlements.prototype;
Settlements.prototype.produce = function () {
  const index = produce.call(this);
  tell('numbered', index, number);
  lastNumbered = index;
  return index;
};

/** True time, milliseconds; only the test knows it. */
let advancedMs = 0;
let { wallOffsetMs } = plan;
const begunMs = performance.now();
const trueMs = () => plan.trueMs + advancedMs + performance.now() - begunMs;

let number = plan.first;
const outbox = new Outbox({
  directory: plan.directory,
  where: 'mqtt.outbox.directory',
  maxBytes: plan.maxBytes,
  send: (topic, payload, done) => publisher.sendStored(topic, payload, done),
  now: () => ({
    bootId: plan.bootId,
    monotonicMs: trueMs() - plan.bootedMs,
    ...(wallOffsetMs !== null && { wallMs: trueMs() + wallOffsetMs }),
  }),
  maxAgeMs: plan.maxAgeMs,
  replayPerSecond: 20_000,
  onDisk: (failure) => tell('disk', failure?.code ?? failure?.message ?? 'works'),
  onLoss: () => {},
});
await outbox.start(new AbortController().signal);
tell('started', outbox.report.produced, number);
const publisher = new Publisher({
  mqtt: {
    url: `mqtt://127.0.0.1:${plan.port}`,
    protocol: '5',
    clientId: 'cspcam-porch',
    base: 'cspcam',
    keepAliveSeconds: 30,
  },
  device: 'porch',
  bootId: randomUUID(),
  connect,
  // One that may be wrong.
  now: () => trueMs() + (wallOffsetMs ?? -5 * 86_400_000),
  nowMs: trueMs,
  random: Math.random,
  onConnection: () => {},
  backoff: { firstMs: 20, longestMs: 100 },
  outbox,
});
await publisher.start(new AbortController().signal);

const steps = {
  put: async (cameras) => {
    for (const camera of cameras) {
      outbox.put(
        `cspcam/porch/camera/${camera}/events`,
        JSON.stringify({ bootId: 'b', sequence: number, number, filler: 'x'.repeat((number * 37) % 400) }),
      );
      // One that was settled at once may never have been written.
      const isOnDisk = outbox.report.inMemory === 0 && lastSettled !== lastNumbered;
      tell('put', number++, isOnDisk ? 'disk' : 'memory');
      if (number % 8 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
  },
  disk: async (next) => {
    disk = next;
    // One that failed is not tried at once.
    advancedMs += 1000;
    await new Promise((resolve) => setTimeout(resolve, 100));
  },
  clock: async (next) => {
    advancedMs += next.advanceMs ?? 0;
    if ('wallOffsetMs' in next) wallOffsetMs = next.wallOffsetMs;
  },
  drain: async () => {
    while (outbox.report.pending > 0 || outbox.report.inMemory > 0)
      await new Promise((resolve) => setTimeout(resolve, 10));
  },
  stop: async () => {
    await publisher.stop();
    await outbox.stop();
  },
};
process.on('message', ([name, given]) => {
  steps[name](given).then(
    () => process.send(['done', trueMs(), outbox.report]),
    (error) => {
      tell('error', error.stack);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit(1));
process.send(['done', trueMs(), outbox.report]);
