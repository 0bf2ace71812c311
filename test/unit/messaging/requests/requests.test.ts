// Requests as they come over MQTT -> handlers, responses and refusals.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { REQUESTS } from '../../../../agent/config/requests.js';
import type { Incoming } from '../../../../agent/messaging/broker/client.js';
import { Requests, type RequestsOptions } from '../../../../agent/messaging/requests/requests.js';
import {
  type RequestHandlers,
  type RequestName,
  requestTable,
} from '../../../../agent/messaging/requests/table.js';
import { type Body, type Message, messageSchema } from '../../../../agent/messaging/schemas.js';
import { topicOf } from '../../../../agent/messaging/topics.js';
import { createLog } from '../../../../agent/telemetry/log.js';

type Response = Body<'response'>;

const names = Object.keys(requestTable) as RequestName[];
const silent = { debug: () => {}, info: () => {}, warn: () => {} };

let nowMs = 0;

function makeRequests(
  handle: (name: RequestName, parameters: unknown) => unknown = () => undefined,
  more: Partial<RequestsOptions> = {},
) {
  const responses: Response[] = [];
  const handlers = Object.fromEntries(
    names.map((name) => [name, vi.fn(async (parameters: unknown) => handle(name, parameters))]),
  );
  const options: RequestsOptions = {
    base: 'cspcam',
    device: 'porch',
    cameras: ['door', 'yard'],
    allowed: REQUESTS,
    perMinute: 100_000,
    nowMs: () => nowMs,
    handlers: handlers as unknown as RequestHandlers,
    publish: (message: Message) => {
      if (message.kind !== 'response') throw new Error(`not a response: ${message.kind}`);
      JSON.stringify(message);
      responses.push(message.body);
    },
    log: silent,
    timeoutMs: 1000,
    ...more,
  };
  const calls = () =>
    names.flatMap((name) => handlers[name]!.mock.calls.map(([parameters]) => [name, parameters]));
  return { requests: new Requests(options), responses, calls };
}

const incoming = (name: string, payload: unknown, retained = false): Incoming => ({
  topic: `cspcam/porch/request/${name}`,
  payload: Buffer.isBuffer(payload)
    ? payload
    : Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)),
  retained,
});

const settled = () => new Promise((resolve) => setImmediate(resolve));

const fine: [name: RequestName, message: object, parameters: object][] = [
  ['snapshot', { camera: 'door' }, { camera: 'door' }],
  ['restart', { camera: 'yard', transaction: '42' }, { camera: 'yard' }],
  ['enable', { camera: 'door', transaction: 42 }, { camera: 'door' }],
  ['config', { transaction: 1764456829.25 }, {}],
  ['config', { transaction: Number.MAX_SAFE_INTEGER }, {}],
  ['disable', { camera: 'door', transaction: 'x'.repeat(200) }, { camera: 'door' }],
  ['thresholds', { minScore: 0 }, { minScore: 0 }],
  ['thresholds', { minScore: 1, camera: 'door' }, { minScore: 1, camera: 'door' }],
  ['log', { level: 'debug' }, { level: 'debug' }],
  ['config', {}, {}],
];

test.each(fine)('%s %j is carried out', async (name, message, parameters) => {
  const { requests, responses, calls } = makeRequests(() => ({ done: true }));
  requests.onMessage(incoming(name, message));
  await settled();
  expect(calls()).toEqual([[name, parameters]]);
  const { transaction } = message as { transaction?: unknown };
  expect(responses).toEqual([
    { request: name, ...(transaction !== undefined && { transaction }), status: 'ok', data: { done: true } },
  ]);
});

const refused: [what: string, name: string, payload: unknown, request: string, error: string][] = [
  [
    'no JSON',
    'config',
    '{',
    'config',
    'expected a JSON object in UTF-8 for the request, received something else',
  ],
  [
    'nothing',
    'config',
    '',
    'config',
    'expected a JSON object in UTF-8 for the request, received something else',
  ],
  [
    'no UTF-8',
    'log',
    Buffer.from('7b226c6576656c223a22ff227d', 'hex'),
    'log',
    'expected a JSON object in UTF-8 for the request, received something else',
  ],
  ['a list', 'config', [], 'config', 'expected a JSON object for the request, received a list'],
  ['a word', 'config', '"go"', 'config', 'expected a JSON object for the request, received "go"'],
  ['null', 'config', 'null', 'config', 'expected a JSON object for the request, received null'],
  [
    'too long',
    'config',
    `{"transaction":"${'x'.repeat(16_384)}"}`,
    'config',
    'expected at most 16384 bytes for the request, received 16402 bytes',
  ],
  [
    'a list as camera',
    'restart',
    { camera: ['door'] },
    'restart',
    'expected a plain value for "camera", received a list',
  ],
  ['no camera', 'restart', {}, 'restart', 'expected the id of a camera for camera, received nothing'],
  [
    'a number as camera',
    'restart',
    { camera: 1 },
    'restart',
    'expected the id of a camera for camera, received 1',
  ],
  [
    'an unknown camera',
    'snapshot',
    { camera: '../door' },
    'snapshot',
    'expected one of the cameras door, yard for camera, received "../door"',
  ],
  [
    'an inherited name',
    'snapshot',
    { camera: 'constructor' },
    'snapshot',
    'expected one of the cameras door, yard for camera, received "constructor"',
  ],
  [
    'a key too many',
    'restart',
    { camera: 'door', force: true },
    'restart',
    'expected no key but camera, transaction, by for the request restart, received "force"',
  ],
  [
    'a prototype',
    'config',
    '{"__proto__": 1}',
    'config',
    'expected no key but transaction, by for the request config, received "__proto__"',
  ],
  [
    'a score above 1',
    'thresholds',
    { minScore: 1.5 },
    'thresholds',
    'expected a number from 0 to 1 for minScore, received 1.5',
  ],
  [
    'a score beyond numbers',
    'thresholds',
    '{"minScore": 1e999}',
    'thresholds',
    'expected a number from 0 to 1 for minScore, received null',
  ],
  [
    'an unknown level',
    'log',
    { level: 'trace' },
    'log',
    'expected one of debug, info, warn, error for level, received "trace"',
  ],
  [
    'a long transaction',
    'config',
    { transaction: 'x'.repeat(201) },
    'config',
    `expected text of up to 200 characters or a number up to 9007199254740991 for transaction, received "${'x'.repeat(59)}...`,
  ],
  ...['1764456829123456789', '-1e16', '1e400'].map((number): (typeof refused)[number] => [
    `a transaction that would come back as another number, ${number}`,
    'config',
    `{"transaction":${number}}`,
    'config',
    `expected text of up to 200 characters or a number up to 9007199254740991 for transaction, received ${JSON.stringify(Number(number))}`,
  ]),
  [
    'an unknown request',
    'reboot',
    {},
    'unknown',
    `expected one of the requests ${names.join(', ')} for the topic, received "reboot"`,
  ],
  [
    'a deeper topic',
    'restart/door',
    { camera: 'door' },
    'unknown',
    `expected one of the requests ${names.join(', ')} for the topic, received "restart/door"`,
  ],
  [
    'an inherited request',
    'constructor',
    {},
    'unknown',
    `expected one of the requests ${names.join(', ')} for the topic, received "constructor"`,
  ],
];

test.each(refused)('%s is refused', async (_, name, payload, request, error) => {
  const { requests, responses, calls } = makeRequests();
  requests.onMessage(incoming(name, payload));
  await settled();
  expect(calls()).toEqual([]);
  expect(responses).toEqual([{ request, status: 'error', error }]);
});

test('a refusal carries the transaction', () => {
  const { requests, responses } = makeRequests();
  requests.onMessage(incoming('restart', { transaction: 7 }));
  expect(responses).toMatchObject([{ request: 'restart', transaction: 7, status: 'error' }]);
});

test('retained requests, other topics and whatever comes after the end are ignored', async () => {
  const { requests, responses, calls } = makeRequests();
  requests.onMessage(incoming('restart', { camera: 'door' }, true));
  requests.onMessage({ ...incoming('config', {}), topic: 'cspcam/porch/requests/config' });
  requests.onMessage({ ...incoming('config', {}), topic: 'cspcam/barn/request/config' });
  requests.stop();
  requests.stop();
  requests.onMessage(incoming('config', {}));
  await settled();
  expect([calls(), responses]).toEqual([[], []]);
});

test('one at a time, in their order; the seventeenth that would wait is refused', async () => {
  const going: (() => void)[] = [];
  let most = 0;
  let now = 0;
  const { requests, responses, calls } = makeRequests(async () => {
    most = Math.max(most, ++now);
    await new Promise<void>((resolve) => going.push(resolve));
    now--;
  });
  for (let i = 0; i < 18; i++) requests.onMessage(incoming('config', { transaction: i }));
  expect(responses).toEqual([
    {
      request: 'config',
      transaction: 17,
      status: 'error',
      error: 'expected at most 16 requests that wait for the agent, received one more: busy',
    },
  ]);
  for (let i = 0; i < 17; i++) {
    await settled();
    going.shift()!();
  }
  await settled();
  expect(calls()).toHaveLength(17);
  expect(most).toBe(1);
  expect(responses.slice(1).map(({ transaction }) => transaction)).toEqual([...Array(17).keys()]);
});

const circular: Record<string, unknown> = {};
circular.self = circular;

const failures: [what: string, handle: () => unknown, error: string | RegExp][] = [
  ['an error', () => Promise.reject(new Error('expected a\nstack trace')), 'expected a'],
  [
    'a password',
    () => Promise.reject(new Error('cannot open rtsp://me:pw@cam/')),
    'cannot open rtsp://***@cam/',
  ],
  ['no error at all', () => Promise.reject('so it is'), 'so it is'],
  ['nothing', () => Promise.reject(new Error('')), 'failed'],
  ['a novel', () => Promise.reject(new Error('x'.repeat(9999))), 'x'.repeat(500)],
  ['data that leads back to itself', () => circular, /stack/],
  ['data that is not JSON', () => ({ big: 1n }), /BigInt/],
];
test.each(failures)(
  '%s from a handler is an error response, and the next request is served',
  async (_, handle, error) => {
    const { requests, responses } = makeRequests((name) => (name === 'log' ? handle() : undefined));
    requests.onMessage(incoming('log', { level: 'info' }));
    requests.onMessage(incoming('config', {}));
    await settled();
    await settled();
    expect(responses).toEqual([
      {
        request: 'log',
        status: 'error',
        error: typeof error === 'string' ? error : expect.stringMatching(error),
      },
      { request: 'config', status: 'ok' },
    ]);
  },
);

test('a handler without end does not keep the others waiting for ever', async () => {
  vi.useFakeTimers();
  const { requests, responses } = makeRequests((name) =>
    name === 'log' ? new Promise(() => {}) : undefined,
  );
  requests.onMessage(incoming('log', { level: 'info' }));
  requests.onMessage(incoming('config', {}));
  await vi.advanceTimersByTimeAsync(1001);
  vi.useRealTimers();
  expect(responses).toEqual([
    { request: 'log', status: 'error', error: 'expected an end within 1 s for request/log, received none' },
    { request: 'config', status: 'ok' },
  ]);
});

test('passwords in data are hidden', async () => {
  const { requests, responses } = makeRequests(() => ({ mqtt: { password: 'se3cret' } }));
  requests.onMessage(incoming('config', {}));
  await settled();
  expect(responses[0]).toMatchObject({ data: { mqtt: { password: '***' } } });
});

describe('ten thousand hostile requests', () => {
  let state = 20_261;
  const random = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  const pick = <Value>(from: readonly Value[]): Value => from[Math.floor(random() * from.length)]!;
  const bytes = (most: number) =>
    Buffer.from(Array.from({ length: Math.floor(random() * most) }, () => Math.floor(random() * 256)));
  const tricks = [
    '',
    '+',
    '#',
    '$SYS',
    '../../etc/passwd',
    'door/../yard',
    'door\u0000',
    'DOOR',
    'toString',
    '__proto__',
    'x'.repeat(5000),
    '{{7*7}}',
    '\u202e',
    '%00',
    'door#',
  ];
  const junk = [null, true, -1, 1.5, 1e308, '', 'no', [], {}, [['door']], { camera: 'door' }];
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

  /** Every kind is wrong in itself, whatever the dice say. */
  const kinds: (() => Incoming)[] = [
    () => incoming(pick(names), Buffer.concat([Buffer.from([0xff]), bytes(200)])),
    () => incoming(pick(names), JSON.stringify({ camera: 'door' }).slice(0, 1 + Math.floor(random() * 15))),
    () => incoming(pick(names), nested(Math.floor(random() * 8000))),
    () => incoming(pick(names), `{"camera":${nested(1 + Math.floor(random() * 8000))}}`),
    () => incoming(pick(names), `{"a":{"a":${nested(3)}},"camera":"door"}`),
    () =>
      incoming(pick(names), JSON.stringify({ camera: 'door', pad: 'x'.repeat(16_384 + random() * 9999) })),
    () =>
      incoming(
        pick(names),
        JSON.stringify(
          pick(
            junk.filter(
              (value) => JSON.stringify(value) !== '{}' && JSON.stringify(value) !== '{"camera":"door"}',
            ),
          ),
        ),
      ),
    () =>
      incoming(pick(['snapshot', 'restart', 'enable', 'disable']), { camera: pick([...junk, ...tricks]) }),
    () => incoming('thresholds', { camera: pick([...junk, ...tricks]), minScore: 0.5 }),
    () =>
      incoming('thresholds', { minScore: pick([null, true, '0.5', -0.001, 1.001, [0.5]]), camera: 'door' }),
    () => incoming('log', { level: pick([...junk, ...tricks]) }),
    () => incoming(pick(names), { camera: 'door', minScore: 0.5, level: 'info', [pick(tricks)]: 1 }),
    () => incoming(pick(names), `{"__proto__":{"camera":"door"},"constructor":"door"}`),
    () =>
      incoming(pick(names), {
        camera: 'door',
        level: 'info',
        transaction: pick([null, true, [], {}, 'x'.repeat(201)]),
      }),
    () => incoming(pick(tricks), { camera: 'door' }),
    () => incoming(`${pick(names)}${pick(['/', '/door', ' ', '\u0000', '/../config'])}`, { camera: 'door' }),
    () => incoming(pick(names).toUpperCase(), { camera: 'door' }),
  ];

  test('each is answered with an error and none is carried out', async () => {
    const { requests, responses, calls } = makeRequests();
    const schema = messageSchema('response').partial({
      schemaVersion: true,
      bootId: true,
      sequence: true,
      sentAt: true,
    });
    const topics = new Set([...names, 'unknown'].map((name) => `cspcam/porch/response/${name}`));
    for (let i = 0; i < 10_000; i++) {
      const message = pick(kinds)();
      requests.onMessage(message);
      const about = `${message.topic} ${message.payload.toString().slice(0, 100)}`;
      expect(responses.length, about).toBe(i + 1);
      const response = responses[i]!;
      expect(schema.safeParse(response).success, about).toBe(true);
      expect(topics.has(topicOf('cspcam', 'porch', 'response', response)), about).toBe(true);
      expect(response.status, about).toBe('error');
      expect(response.error, about).toMatch(/^expected [^\r\n]{1,490}$/);
    }
    await settled();
    expect(calls()).toEqual([]);
    requests.onMessage(incoming('restart', { camera: 'door' }));
    await settled();
    expect(calls()).toEqual([['restart', { camera: 'door' }]]);
  });
});

describe('permission', () => {
  test('what is not allowed changes nothing, and is told what is', async () => {
    const { requests, responses, calls } = makeRequests(() => undefined, { allowed: ['config', 'snapshot'] });
    requests.onMessage(incoming('restart', { camera: 'door', transaction: 7 }));
    requests.onMessage(incoming('snapshot', { camera: 'door' }));
    await settled();
    expect(calls()).toEqual([['snapshot', { camera: 'door' }]]);
    expect(responses).toEqual([
      {
        request: 'restart',
        transaction: 7,
        status: 'error',
        error: 'expected one of requests.allow (config, snapshot) for the topic, received restart',
      },
      { request: 'snapshot', status: 'ok' },
    ]);
  });

  test('nothing is allowed', async () => {
    const { requests, responses, calls } = makeRequests(() => undefined, { allowed: [] });
    requests.onMessage(incoming('config', {}));
    await settled();
    expect(calls()).toEqual([]);
    expect(responses[0]?.error).toBe(
      'expected no request, as requests.allow says for the topic, received config',
    );
  });

  test('who asks is logged, without what would break the line', async () => {
    const info = vi.fn();
    const { requests } = makeRequests(() => undefined, { log: { ...silent, info } });
    requests.onMessage(
      incoming('restart', { camera: 'door', by: 'kitchen\u001b[31m tablet', transaction: 1 }),
    );
    await settled();
    const said = { request: 'restart', by: 'kitchen tablet', transaction: 1 };
    expect(info.mock.calls).toEqual([[{ ...said, parameters: { camera: 'door' } }, 'request']]);
  });

  test('what a request says is no matter of how its line is logged', async () => {
    const lines: string[] = [];
    const log = createLog({ level: 'info', format: 'json' }, 'porch', {
      write: (line: string) => void lines.push(line),
    });
    const { requests } = makeRequests(() => undefined, { log });
    requests.onMessage(incoming('log', { level: 'error' }));
    await settled();
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'info', parameters: { level: 'error' } });
  });
});

test('a flood is answered so often a minute, dropped and counted in one line', async () => {
  const warn = vi.fn();
  const { requests, responses } = makeRequests(() => undefined, { perMinute: 10, log: { ...silent, warn } });
  for (let i = 0; i < 5000; i++) {
    requests.onMessage(incoming('nonsense', '{}'));
    await Promise.resolve();
  }
  await settled();
  expect(responses).toHaveLength(10);
  expect(warn.mock.calls).toEqual([[{ count: 1, perMinute: 10 }, 'more requests than are answered']]);
  nowMs += 60_000;
  for (let i = 0; i < 5000; i++) requests.onMessage(incoming('nonsense', '{}'));
  expect(responses).toHaveLength(20);
  expect(warn.mock.calls.at(-1)).toEqual([{ count: 4990, perMinute: 10 }, 'more requests than are answered']);
  nowMs += 6000;
  requests.onMessage(incoming('config', {}));
  await settled();
  expect(responses).toHaveLength(21);
});

describe('README', () => {
  const readme = readFileSync(
    join(import.meta.dirname, '../../../../agent/messaging/requests/README.md'),
    'utf8',
  );
  const rows = [...readme.matchAll(/^\| `request\/(\w+)` *\| `(.*?)` *\| (.*?) *\|$/gm)].map(
    ([, name, example, about]) => [name!, example!, about!] as const,
  );

  test('lists every request', () => {
    expect(rows.map(([name]) => name)).toEqual(names);
  });

  test.each(rows)('%s: the example is carried out as described', async (name, example, about) => {
    const { requests, responses } = makeRequests();
    requests.onMessage(incoming(name, example));
    await settled();
    expect(responses).toMatchObject([{ request: name, status: 'ok' }]);
    expect(about).toBe(requestTable[name as RequestName].about);
  });
});
