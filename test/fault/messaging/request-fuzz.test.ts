// Requests as slips and attackers make them, ten thousand by CSPCAM_FUZZ=10000 -> each one answered, with one clear line where it is
// refused; no handler sees what the table does not allow, and nothing is thrown.

import { expect, test } from 'vitest';
import { REQUESTS } from '../../../agent/config/requests.js';
import { Requests } from '../../../agent/messaging/requests/requests.js';
import {
  type RequestHandlers,
  type RequestName,
  requestTable,
} from '../../../agent/messaging/requests/table.js';
import { type Body, messageSchema } from '../../../agent/messaging/schemas.js';
import { seededRandom } from '../../../models/networks/random.js';
import { spoilBytes } from '../../support/spoil.js';

const COUNT = Number(process.env['CSPCAM_FUZZ'] ?? 300);
/** Of processor time, so that a busy machine does not count. */
const LONGEST_MS = 1000;
const MAX_ERROR = 500;
const CAMERAS = ['door', 'yard'];

type Random = () => number;

const GOOD: readonly (readonly [string, object])[] = [
  ['snapshot', { camera: 'door' }],
  ['restart', { camera: 'yard', transaction: 7 }],
  ['enable', { camera: 'door', by: 'a person' }],
  ['disable', { camera: 'door' }],
  ['thresholds', { minScore: 0.4, camera: 'door' }],
  ['log', { level: 'warn', transaction: 'abc' }],
  ['bench', { seconds: 5 }],
  ['config', {}],
];
const NAMES = [
  '',
  '#',
  '+',
  '../config',
  'config/',
  '__proto__',
  'constructor',
  'toString',
  'snapshot\u0000',
  'ü',
];
const VALUES = [
  ...[
    null,
    true,
    [],
    {},
    { a: 1 },
    '',
    'door',
    '__proto__',
    '../../etc/passwd',
    '\u001b[31m',
    '\u202e',
    '\ud800',
  ],
  ...[-1, 0, 0.5, 1e308, 2 ** 53, 99, 'a'.repeat(5000), 'mqtt://me:se3cret@host', '1', [[['door']]]],
];
const KEYS = [
  'camera',
  'minScore',
  'level',
  'seconds',
  'transaction',
  'by',
  '__proto__',
  'constructor',
  'cam\u0000era',
  '',
];
const PAYLOADS = [
  '',
  '{',
  'null',
  '[]',
  '1',
  '"a"',
  '{"camera":"door"',
  '[[[[[[',
  '{"a":'.repeat(3000),
  '\ufeff{}',
];

function spoil(seed: number): { name: string; payload: Buffer } {
  const random: Random = seededRandom(seed);
  const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)]!;
  const [good, parameters] = GOOD[seed % GOOD.length]!;
  const name = random() < 0.15 ? pick(NAMES) : good;
  const fields = new Map<string, unknown>(Object.entries(parameters));
  for (let faults = 0; faults < 3 * random(); faults++) {
    if (random() < 0.2) fields.delete(pick([...fields.keys()]));
    else fields.set(random() < 0.5 ? pick(KEYS) : pick([...fields.keys(), 'camera']), pick(VALUES));
  }
  const members = [...fields].map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  const text = random() < 0.1 ? pick(PAYLOADS) : `{${members.join(',')}}`;
  const bytes = Buffer.from(text);
  return {
    name,
    payload: random() < 0.2 && bytes.length > 0 ? Buffer.from(spoilBytes(bytes, random)) : bytes,
  };
}

test(`${COUNT} requests`, async () => {
  const prototype = Object.getOwnPropertyNames(Object.prototype).sort();
  const answers: Body<'response'>[] = [];
  const handled: [RequestName, Record<string, unknown>][] = [];
  const names = Object.keys(requestTable) as RequestName[];
  const requests = new Requests({
    base: 'cspcam',
    device: 'porch',
    cameras: CAMERAS,
    allowed: REQUESTS,
    perMinute: 1e9,
    nowMs: () => 0,
    handlers: Object.fromEntries(
      names.map((name) => [name, async (given: Record<string, unknown>) => void handled.push([name, given])]),
    ) as unknown as RequestHandlers,
    publish: (message) => {
      if (message.kind === 'response') answers.push(JSON.parse(JSON.stringify(message.body)));
    },
    log: { debug: () => {}, info: () => {}, warn: () => {} },
  });
  const response = messageSchema('response').partial();
  for (let seed = 0; seed < COUNT; seed++) {
    const { name, payload } = spoil(seed);
    const where = `seed ${seed}: ${name} ${payload.toString().slice(0, 300)}`;
    const before = process.cpuUsage();
    const [answered, called] = [answers.length, handled.length];
    requests.onMessage({ topic: `cspcam/porch/request/${name}`, payload, retained: false });
    while (answers.length === answered) await new Promise((done) => setImmediate(done));
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000, where).toBeLessThan(LONGEST_MS);
    expect(answers.length, where).toBe(answered + 1);
    const answer = answers[answered]!;
    expect(response.safeParse(answer).success, where).toBe(true);
    expect([...names, 'unknown'], where).toContain(answer.request);
    if (answer.status === 'ok') {
      expect(handled.length, where).toBe(called + 1);
      const [, given] = handled[called]!;
      if (given['camera'] !== undefined) expect(CAMERAS, where).toContain(given['camera']);
      expect(
        Object.values(given).some((value) => typeof value === 'object'),
        where,
      ).toBe(false);
    } else {
      expect(handled.length, where).toBe(called);
      expect(answer.error, where).toMatch(/^expected .+, received .+$/);
      expect(answer.error!.length, where).toBeLessThanOrEqual(MAX_ERROR);
      expect(answer.error, where).not.toContain('se3cret');
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they would steer the terminal
      expect(answer.error, where).not.toMatch(/[\u0000-\u001f\u007f]/);
    }
  }
  expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(prototype);
  expect(handled.length).toBeGreaterThan(COUNT / 20);
  expect(answers.length - handled.length).toBeGreaterThan(COUNT / 20);
});
