// What a client with write access to everything may do -> done to a broker, until it is told to end. Run as a process of its own.

import { connect as connectTcp } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import mqttPacket from 'mqtt-packet';

/** `{ port, base, device, prefix, login?, attacks, requests, longestBytes }`; `base` without `/`. */
const {
  port,
  base,
  device,
  prefix,
  login = {},
  attacks,
  requests,
  longestBytes,
} = JSON.parse(process.argv[2]);

const below = `${base}/${device}`;
const junk = (bytes) => Buffer.alloc(bytes, 'x');
let count = 0;
const anyOf = (list) => list[Math.floor(Math.random() * list.length)];

/** Connects again and again; `act` is given a way to write that waits for the broker, and ends with its connection. */
async function attack(act, { clean = true, reads = true } = {}) {
  for (;;) {
    const socket = connectTcp(port, '127.0.0.1');
    socket.on('error', () => {});
    const over = new Promise((resolve) => socket.once('close', resolve));
    let isOpen = true;
    over.then(() => {
      isOpen = false;
    });
    const write = async (...packets) => {
      const bytes = Buffer.concat(
        packets.map((one) => (Buffer.isBuffer(one) ? one : mqttPacket.generate(one))),
      );
      if (isOpen && !socket.write(bytes))
        await Promise.race([over, new Promise((resolve) => socket.once('drain', resolve))]);
      if (!isOpen) throw new Error('closed');
    };
    if (reads) socket.resume();
    const clientId = `hostile-${process.pid}-${count++}`;
    const connect = {
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clientId,
      clean,
      keepalive: 0,
      ...login,
    };
    await write(connect)
      .then(() => wait(100))
      .then(() => act(write, clientId))
      .catch(() => {});
    socket.destroy();
    await wait(50);
  }
}

const publish = (topic, payload, more = {}) => ({
  cmd: 'publish',
  ...{ topic, payload, qos: 0, retain: false, dup: false, messageId: 1 + (count++ % 65_000), ...more },
});

const bodies = [
  '{}',
  '{"camera":"door"}',
  '{"camera":"door","minScore":0.99,"transaction":"1"}',
  '{"minScore":1,"by":"hostile"}',
  '{"level":"debug"}',
  '{"seconds":60}',
  '{',
  '',
  'null',
  `{"a":${'['.repeat(5000)}`,
  `{"transaction":"${'x'.repeat(5000)}"}`,
];
const own = [
  'state',
  'info',
  'health',
  'settings',
  'stats',
  'camera/door/status',
  'camera/door/events',
  'camera/door/detections',
  'camera/door/count/person',
  'camera/door/count/nobody',
  'camera/door/zone/yard',
  'camera/gone/status',
  'camera/door/snapshot',
];

const subscribeTo = (...topics) => ({
  cmd: 'subscribe',
  messageId: 1 + (count++ % 65_000),
  subscriptions: topics.map((topic) => ({ topic, qos: 1 })),
});

const ATTACKS = {
  /** Requests of every kind, retained ones among them. */
  requests: () =>
    attack(async (write) => {
      for (;;) {
        const name = anyOf(requests);
        const body = anyOf(bodies);
        await write(publish(`${below}/request/${name}`, body, { qos: count % 2, retain: count % 7 === 0 }));
        if (count % 50 === 0) await write(publish(`${below}/request/${name}`, junk(longestBytes)));
        if (count % 200 === 0) await wait(20);
      }
    }),
  /** Over what the agent says itself. */
  overwrites: () =>
    attack(async (write) => {
      for (;;) {
        for (const path of own)
          await write(publish(`${below}/${path}`, '{"state":"offline"}', { retain: true, qos: 1 }));
        for (const id of [`cspcam_${device}`, `cspcam_${device}_door`]) {
          const payload = JSON.stringify({
            components: { [`c${count}`]: { platform: 'sensor', unique_id: `u${count}` } },
          });
          await write(publish(`${prefix}/device/${id}/config`, payload, { retain: true }));
        }
        await wait(20);
      }
    }),
  /** Much that is kept: many topics, and long ones. */
  keeps: () =>
    attack(async (write) => {
      for (;;) {
        await write(publish(`${below}/camera/door/count/x${count % 20_000}`, `${count}`, { retain: true }));
        if (count % 100 === 0)
          await write(
            publish(`junk/${count % 200}`, junk(longestBytes / 2), {
              retain: true,
              qos: count % 200 === 0 ? 2 : 1,
            }),
          );
        if (count % 200 === 0) await wait(20);
      }
    }),
  /** Subscribes to everything and reads nothing. */
  deaf: () =>
    attack(
      async (write) => {
        for (;;) {
          await write(subscribeTo('#', `${below}/#`, '+/+/#'), publish('deaf', junk(1000), { qos: 1 }));
          await wait(20);
        }
      },
      { reads: false },
    ),
  /** Leaves sessions behind. */
  sessions: () =>
    attack(
      async (write) => {
        await write(subscribeTo('#', ...Array.from({ length: 200 }, (_, i) => `${below}/${count}/${i}/#`)));
        await wait(50);
        throw new Error('enough');
      },
      { clean: false },
    ),
  /** Half a message of 200 MB, and connections that say nothing. */
  halves: () =>
    attack(async (write, clientId) => {
      connectTcp(port, '127.0.0.1').on('error', () => {});
      const topic = Buffer.from(`\0\x04half${clientId}`);
      await write(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]), topic);
      for (let i = 0; i < 200; i++) await write(junk(1 << 20));
    }),
};

for (const name of attacks) void ATTACKS[name]();
process.stdout.write('begun\n');
