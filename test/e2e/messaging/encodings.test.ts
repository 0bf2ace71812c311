// `cspcam run` with the encodings on and a real Mosquitto -> what ONVIF and Sparkplug subscribers see.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { type Daemon, startDaemon } from '../../support/daemon.js';
import { reload } from '../../support/reload.js';
import { readSparkplug } from '../../support/sparkplug.js';
import { subscribe } from '../../support/subscriber.js';

const run = promisify(execFile);

const closing: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of closing.splice(0).reverse()) await thing.close();
});

/** Payloads as hexadecimal text behind an x, for they are binary. */
const AS_HEX = ['-F', '{"tst":0,"topic":"%t","retain":%r,"qos":%q,"payload":"x%x"}'];
/** NCMD with `Node Control/Rebirth` true, made by pysparkplug 0.6.1. */
const REBIRTH = '08808884e0b733121f0a144e6f646520436f6e74726f6c2f5265626972746818808884e0b7337001';

const corners = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
];
const ball = { source: 'test:ball?width=160&height=160&fps=10', zones: { all: { points: corners } } };

async function start(encodings: object): Promise<Daemon> {
  const daemon = await startDaemon({ ball }, { mqtt: { encodings } });
  closing.push(daemon);
  return daemon;
}

/** A host that sees everything from its first DDATA on, which shows that the node is connected. */
async function host(port: number) {
  const subscriber = await subscribe(port, 'spBv1.0/#', AS_HEX);
  closing.push(subscriber);
  const typeOf = (topic: string) => topic.split('/')[2]!;
  const read = ({ topic, qos, retained, payload }: (typeof subscriber.seen)[number]) => {
    const { seq, metrics } = readSparkplug(Buffer.from(payload.slice(1), 'hex'));
    return { topic, qos, retained, seq, metrics };
  };
  /** @param from number of messages to pass over */
  const nextFrom = async (type: string, from: number) =>
    read(
      await subscriber.next(
        (message) => typeOf(message.topic) === type && subscriber.seen.indexOf(message) >= from,
      ),
    );
  await nextFrom('DDATA', 0);
  return {
    seen: () => subscriber.seen.filter(({ topic }) => typeOf(topic) !== 'NCMD').map(read),
    next: (type: string) => nextFrom(type, 0),
    /** @returns the births that it brings */
    rebirth: async (group: string) => {
      const from = subscriber.seen.length;
      const topic = `spBv1.0/${group}/NCMD/porch`;
      const sent = run('mosquitto_pub', ['-h', '127.0.0.1', '-p', String(port), '-t', topic, '-s']);
      sent.child.stdin!.end(Buffer.from(REBIRTH, 'hex'));
      await sent;
      return { node: await nextFrom('NBIRTH', from), device: await nextFrom('DBIRTH', from) };
    },
  };
}

test('ONVIF: a frame for each detections message, of the same tracks', async () => {
  const { subscriber } = await start({ onvif: {} });
  const { payload, topic } = await subscriber.next(
    (message) => message.topic.includes('/onvif-mj/') && message.payload.Frame[0].Object.length > 0,
  );
  expect(topic).toBe('cspcam/porch/onvif-mj/VideoAnalytics/ball/cspcam');
  const [frame] = payload.Frame;
  const own = await subscriber.next(
    (message) =>
      message.topic.endsWith('/detections') && message.payload.frame.capturedAt === frame['@UtcTime'],
  );
  const ids = own.payload.tracks.map(({ id }: { id: number }) => id);
  expect(frame.Object.map((object: { '@ObjectId': number }) => object['@ObjectId'])).toEqual(ids);
});

test('Sparkplug: births, data, rebirth; kill -9 gives the NDEATH of the NBIRTH', async () => {
  const { broker, agent } = await start({ sparkplug: { group: 'plant' } });
  const { seen, next, rebirth } = await host(broker.port);
  await rebirth('plant');
  const { node, device } = await rebirth('plant');
  expect(node).toEqual({
    topic: 'spBv1.0/plant/NBIRTH/porch',
    qos: 0,
    retained: false,
    seq: 0,
    metrics: {
      bdSeq: ['Int64', 0],
      'Node Control/Rebirth': ['Boolean', false],
      'Properties/Version': ['String', expect.stringMatching(/^\d+\.\d+/)],
      'Properties/Model': ['String', expect.any(String)],
      'Properties/Provider': ['String', 'cpu'],
    },
  });
  expect(device).toMatchObject({
    topic: 'spBv1.0/plant/DBIRTH/porch/ball',
    seq: 1,
    metrics: {
      Restarts: ['Int64', 0],
      'Zone/all/Occupied': ['Boolean', expect.any(Boolean)],
    },
  });

  agent.child.kill('SIGKILL');
  expect(await next('NDEATH')).toEqual({
    topic: 'spBv1.0/plant/NDEATH/porch',
    qos: 1,
    retained: false,
    seq: undefined,
    metrics: { bdSeq: node.metrics.bdSeq },
  });

  // By seq a host sees what it has missed: an NBIRTH begins at 0, all else counts on.
  const counted = seen().filter(({ topic }) => !topic.includes('/NDEATH/'));
  expect(counted.length).toBeGreaterThan(3);
  for (const [i, { topic, seq }] of counted.entries())
    if (i > 0)
      expect([topic, seq]).toEqual([topic, topic.includes('/NBIRTH/') ? 0 : counted[i - 1]!.seq! + 1]);
});

test('Sparkplug: a broker that comes back finds the births of the next bdSeq; SIGTERM says farewell', async () => {
  const { broker, agent } = await start({ sparkplug: {} });
  await host(broker.port);
  await broker.restart();
  const { next, rebirth } = await host(broker.port);
  const { node } = await rebirth('cspcam');
  expect(node.metrics.bdSeq?.[1]).toBeGreaterThan(0);
  agent.child.kill('SIGTERM');
  expect((await next('NDEATH')).metrics).toEqual({ bdSeq: node.metrics.bdSeq });
  expect((await agent.finished()).code).toBe(0);
});

test('Sparkplug: a reload that renews the connections goes on with bdSeq', async () => {
  const daemon = await start({ sparkplug: {} });
  const { rebirth } = await host(daemon.broker.port);
  const mqtt = { ...(daemon.config['mqtt'] as object), keepAliveSeconds: 20 };
  await reload(daemon, { ...daemon.config, mqtt });
  const { node } = await rebirth('cspcam');
  expect(node.metrics.bdSeq?.[1]).toBeGreaterThan(0);
});
