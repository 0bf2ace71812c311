// SIGTERM or Ctrl-C while a command is still being loaded -> the same end as later: exit code, words, nothing left.

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { brightModel } from '../../support/bright-model.js';
import { writeConfig } from '../../support/cspcam.js';
import { NOTHING, startTraced } from '../../support/traces.js';

const injection = pathToFileURL(resolve(import.meta.dirname, '../../support/early-signal.mjs')).href;

const clip = resolve(import.meta.dirname, '../../../agent/demo/street.mp4');
const camera = { source: 'test:ball?width=160&height=160' };
const configOf = async () =>
  writeConfig({
    device: 'porch',
    mqtt: { url: 'mqtt://127.0.0.1:1' },
    model: await brightModel(),
    cameras: { ball: camera },
  });

const picture = async () => join(await mkdtemp(join(tmpdir(), 'preview-')), 'ball.png');

type Given = () => Promise<string[]>;
const commands: Record<string, Given> = {
  run: async () => ['run', '--config', await configOf()],
  demo: async () => ['demo', '--model', await brightModel()],
  detect: async () => ['detect', camera.source, '--model', await brightModel()],
  'models quantize': async () => {
    const out = join(await mkdtemp(join(tmpdir(), 'quantize-')), 'out');
    return ['models', 'quantize', await brightModel(), '--data', clip, '--out', out];
  },
  'models import': async () => ['models', 'import', 'yolo.onnx'],
  'cameras discover': async () => ['cameras', 'discover', '--interface', 'lo', '--timeout', '60'],
  'mqtt forget': async () => ['mqtt', 'forget', '--config', await configOf(), '--device', 'old'],
  'zones preview': async () => [
    'zones',
    'preview',
    'ball',
    '--config',
    await configOf(),
    '--out',
    await picture(),
  ],
  bench: async () => ['bench', '--duration', '60'],
  'profiles measure': async () => ['profiles', 'measure'],
  plan: async () => ['plan'],
  'config validate': async () => ['config', 'validate', await configOf()],
};

/** Exit code or signal, and what is said: those that hold nothing end as they would without a handler. */
const table: [command: string, signal: NodeJS.Signals, end: number | string, err: RegExp][] = [
  ['run', 'SIGTERM', 0, /^$/],
  ['run', 'SIGINT', 0, /^$/],
  ['demo', 'SIGTERM', 0, /^$/],
  ['detect', 'SIGINT', 0, /^$/],
  ['bench', 'SIGINT', 1, /^cspcam: interrupted; nothing was written\n$/],
  ['models quantize', 'SIGTERM', 1, /^cspcam: interrupted by SIGTERM\n$/],
  ['models import', 'SIGTERM', 1, /^cspcam: interrupted by SIGTERM\n$/],
  ['cameras discover', 'SIGTERM', 1, /^cspcam: interrupted by SIGTERM\n$/],
  ['mqtt forget', 'SIGINT', 1, /^cspcam: interrupted by SIGINT\n$/],
  ['zones preview', 'SIGTERM', 1, /^cspcam: interrupted by SIGTERM\n$/],
  ['profiles measure', 'SIGTERM', 1, /^cspcam: interrupted[^\n]*\n$/],
  ['plan', 'SIGINT', 'SIGINT', /^$/],
  ['plan', 'SIGTERM', 'SIGTERM', /^$/],
  ['config validate', 'SIGTERM', 'SIGTERM', /^$/],
];

test.each(table)('%s, %s: %s', async (command, signal, end, err) => {
  const { agent, left } = startTraced(await commands[command]!(), {
    EARLY_SIGNAL: signal,
    NODE_OPTIONS: `--import=${injection}`,
  });
  const finished = await agent.finished();
  expect([finished.code ?? agent.child.signalCode, finished.out]).toEqual([end, '']);
  expect(finished.err).toMatch(err);
  expect(left()).toEqual(NOTHING);
});
