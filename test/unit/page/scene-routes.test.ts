// What the editor sends -> the file as it is then, whether or not it can be written and run.

import { chmod, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { CspcamError } from '#common/errors.js';
import { sceneRoutes } from '../../../agent/page/edit/scene-routes.js';
import type { SceneEdit, SceneFile } from '../../../agent/page/protocol.js';
import type { PageReply } from '../../../agent/page/server/exchange.js';
import { withoutRoot } from '../../support/rights.js';
import { configFile, SMALLEST } from '../config/files.js';

const TRIANGLE = [
  [0, 0],
  [1, 0],
  [1, 1],
] as const;
const TEXT = `# Mine.\n${SMALLEST}`;

interface Setting {
  readonly canWrite?: boolean;
  readonly reload?: () => Promise<string>;
}

function editorOf(file: string | undefined, { canWrite = true, reload = async () => 'done' }: Setting = {}) {
  const routes = sceneRoutes({ file, canWrite, reload });
  const ask = async (method: string, path: string, body?: unknown): Promise<PageReply> => {
    const route = routes.find((one) => one.method === method && one.path === path)!;
    return route.answer({ rest: '', query: new URLSearchParams({ camera: 'door' }), range: undefined, body });
  };
  return {
    routes,
    read: async () => JSON.parse(String((await ask('GET', '/api/scene')).body)) as SceneFile,
    send: async (edit: unknown, path = '/api/scene') => {
      const { status, body } = await ask('POST', path, edit);
      return { status, ...JSON.parse(String(body)) };
    },
  };
}

const edit = (version: string, zones: SceneEdit['zones']): SceneEdit => ({
  camera: 'door',
  version,
  zones,
  lines: [],
  masks: { privacy: [], motion: [], objects: [] },
});

test('saved, and read again', async () => {
  const file = configFile(TEXT);
  const { read, send } = editorOf(file);
  const { version, scene } = await read();
  expect(scene.zones).toEqual({});
  const answer = await send(edit(version, [{ id: 'yard', points: TRIANGLE }]));
  expect(answer).toMatchObject({ status: 200, kind: 'saved', done: 'done' });
  expect(await readFile(file, 'utf8')).toMatch(/^# Mine\.\n/);
  expect(await read()).toMatchObject({
    version: answer.version,
    scene: { zones: { yard: { points: TRIANGLE } } },
  });
  // The one that was edited is not there any more.
  expect(await send(edit(version, []))).toMatchObject({ status: 409, kind: 'refused' });
  expect(await send(edit(answer.version, []))).toMatchObject({ status: 200, kind: 'saved' });
  expect(await readFile(file, 'utf8')).toBe(TEXT);
});

test.each<[name: string, zones: SceneEdit['zones'], problem: string]>([
  [
    'one point',
    [{ id: 'yard', points: [[0, 0]] }],
    'cameras.door.zones.yard.points: expected a list of at least 3, received [[0,0]]',
  ],
  [
    'a name of the prototype',
    [{ id: '__proto__', points: TRIANGLE }],
    'expected a file in which this can be changed alone',
  ],
  [
    'the same name twice',
    [
      { id: 'yard', points: TRIANGLE },
      {
        id: 'yard',
        points: [
          [0, 0],
          [1, 1],
          [0, 1],
        ],
      },
    ],
    'expected each name once for zones, received yard again',
  ],
])('%s: refused', async (_, zones, problem) => {
  const file = configFile(TEXT);
  const { read, send } = editorOf(file, { reload: () => Promise.reject(new Error('not to be asked')) });
  const { version } = await read();
  const answer = await send(edit(version, zones));
  expect(answer).toMatchObject({ status: 422, problems: [expect.stringContaining(problem)] });
  expect(await readFile(file, 'utf8')).toBe(TEXT);
});

test('a file that somebody has written while the reload failed stays as he wrote it', async () => {
  const file = configFile(TEXT);
  const his = `# His.\n${SMALLEST}`;
  const reload = async () => {
    await writeFile(file, his);
    throw new CspcamError('expected a camera, received none');
  };
  const { read, send } = editorOf(file, { reload });
  const { version } = await read();
  expect(await send(edit(version, [{ id: 'yard', points: TRIANGLE }]))).toMatchObject({ kind: 'refused' });
  expect(await readFile(file, 'utf8')).toBe(his);
});

const TWO_ZONES = `device: porch
mqtt: { url: "mqtt://127.0.0.1:1883" }
cameras:
  door:
    source: "rtsp://camera.local/stream"
    zones:
      a: # Of people.
        points: [[0, 0], [1, 0], [1, 1]]
        labels: [person]
      b: { points: [[0, 0], [1, 0], [1, 1]], labels: [car] }
`;
const SQUARE = [...TRIANGLE, [0, 1]] as const;

test.each<[name: string, zones: SceneEdit['zones'], then: Record<string, object>]>([
  ['deleted and drawn anew under its name', [{ id: 'a', points: SQUARE }], { a: { points: SQUARE } }],
  [
    'deleted, its name given to another',
    [{ id: 'a', was: 'b', points: TRIANGLE }],
    { a: { points: TRIANGLE, labels: ['car'] } },
  ],
  [
    "with each other's names",
    [
      { id: 'b', was: 'a', points: TRIANGLE },
      { id: 'a', was: 'b', points: SQUARE },
    ],
    { b: { points: TRIANGLE, labels: ['person'] }, a: { points: SQUARE, labels: ['car'] } },
  ],
  [
    'one behind the other',
    [
      { id: 'b', was: 'a', points: TRIANGLE },
      { id: 'b-', was: 'b', points: TRIANGLE },
    ],
    { b: { points: TRIANGLE, labels: ['person'] }, 'b-': { points: TRIANGLE, labels: ['car'] } },
  ],
  [
    'its name given away, and taken by a new one',
    [
      { id: 'c', was: 'a', points: TRIANGLE },
      { id: 'b', was: 'b', points: TRIANGLE },
      { id: 'a', points: SQUARE },
    ],
    {
      c: { points: TRIANGLE, labels: ['person'] },
      b: { points: TRIANGLE, labels: ['car'] },
      a: { points: SQUARE },
    },
  ],
])('zones a and b, %s: saved', async (_, zones, then) => {
  const file = configFile(TWO_ZONES);
  const { read, send } = editorOf(file);
  expect(await send(edit((await read()).version, zones))).toMatchObject({ status: 200, kind: 'saved' });
  expect(parse(await readFile(file, 'utf8')).cameras.door.zones).toEqual(then);
});

test('zones that come from elsewhere in the file are not written there, and shown to be copied', async () => {
  const shared = `x-all: &all\n  zones: { yard: { points: [[0, 0], [1, 0], [1, 1]], labels: [person] } }\n`;
  const file = configFile(`${shared}${SMALLEST.replace('door: { ', 'door: { <<: *all, ')}`);
  const before = await readFile(file, 'utf8');
  const { read, send } = editorOf(file);
  const { version } = await read();
  const wanted = edit(version, [
    { id: 'yard', was: 'yard', points: SQUARE },
    { id: 'steps', points: TRIANGLE },
  ]);
  expect(await send(wanted)).toMatchObject({
    status: 422,
    problems: [expect.stringContaining('change it by hand')],
  });
  const { status, yaml } = await send(wanted, '/api/scene/text');
  expect([status, parse(yaml)]).toEqual([
    200,
    {
      cameras: {
        door: { zones: { yard: { points: SQUARE, labels: ['person'] }, steps: { points: TRIANGLE } } },
      },
    },
  ]);
  const broken = edit(version, [{ id: 'steps', points: TRIANGLE.slice(1) }]);
  expect(await send(broken, '/api/scene/text')).toMatchObject({ status: 422, kind: 'refused' });
  const hostile = edit(version, [{ id: '__proto__', points: TRIANGLE }]);
  expect(await send(hostile, '/api/scene/text')).toMatchObject({ status: 422, kind: 'refused' });
  expect(await readFile(file, 'utf8')).toBe(before);
});

test.each<[name: string, body: unknown]>([
  ['nothing', undefined],
  ['a list', []],
  ['another key', { ...edit('', []), file: '/etc/passwd' }],
  ['text for a point', edit('', [{ id: 'a', points: [['0', 0]] }] as never)],
  ['no number', edit('', [{ id: 'a', points: [[Number.NaN, 0]] }] as never)],
])('%s is no scene', async (_, body) => {
  expect(await editorOf(configFile(TEXT)).send(body)).toMatchObject({ status: 400 });
});

test('what was never in the file is not changed, nor what all objects inherit', async () => {
  const file = configFile(TEXT);
  const { read, send } = editorOf(file);
  const { version } = await read();
  for (const was of ['__proto__', 'constructor', 'yard'])
    expect(await send(edit(version, [{ id: 'yard', was, points: TRIANGLE }]))).toMatchObject({ status: 409 });
  expect(({} as Record<string, unknown>)['points']).toBeUndefined();
  expect(await readFile(file, 'utf8')).toBe(TEXT);
});

test('where the agent refuses the file, it is as it was', async () => {
  const file = configFile(TEXT);
  const { read, send } = editorOf(file, {
    reload: () => Promise.reject(new CspcamError('expected another model')),
  });
  const { version } = await read();
  const answer = await send(edit(version, [{ id: 'yard', points: TRIANGLE }]));
  expect(answer).toEqual({ status: 422, kind: 'refused', problems: ['expected another model'] });
  expect(await readFile(file, 'utf8')).toBe(TEXT);
});

test('a file that may not be written: the YAML to be copied, and why', async () => {
  const file = configFile(TEXT);
  await chmod(dirname(file), 0o555);
  await chmod(file, 0o444);
  const { read, send } = editorOf(file, { reload: () => Promise.reject(new Error('not to be asked')) });
  const { version } = await read();
  const answer = await withoutRoot(() => send(edit(version, [{ id: 'yard', points: TRIANGLE }])));
  await chmod(dirname(file), 0o755);
  expect(answer).toMatchObject({ status: 200, kind: 'text', why: expect.stringContaining('EACCES') });
  expect(answer.yaml).toContain('yard:');
  expect(await readFile(file, 'utf8')).toBe(TEXT);
});

test('page.edit: false shows YAML and writes nothing; without a file there is no editor', async () => {
  const file = configFile(TEXT);
  const { read, send } = editorOf(file, { canWrite: false });
  const wanted = edit((await read()).version, [{ id: 'yard', points: TRIANGLE }]);
  expect(await send(wanted)).toMatchObject({ status: 403 });
  expect(await send(wanted, '/api/scene/text')).toMatchObject({ status: 200, kind: 'text' });
  expect(editorOf(undefined).routes).toEqual([]);
});
