// Log calls -> lines, without passwords.

import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { createLog } from '../../../agent/telemetry/log.js';

function collect() {
  const lines: string[] = [];
  const to = new Writable({
    write(chunk, _, done) {
      lines.push(String(chunk));
      done();
    },
  });
  return { lines, to };
}

test('JSON lines carry device, level, time, and no password', () => {
  const { lines, to } = collect();
  const log = createLog({ level: 'info', format: 'json' }, 'porch', to);
  log.debug('unseen');
  log.info({ camera: 'door', mqtt: { password: 'se3cret' } }, 'open rtsp://me:se3cret@camera');
  log.error({ err: new Error('lost rtsp://me:se3cret@camera') }, 'failed');
  const [opened, failed] = lines.map((line) => JSON.parse(line));
  expect(lines).toHaveLength(2);
  expect(opened).toMatchObject({
    level: 'info',
    device: 'porch',
    camera: 'door',
    mqtt: { password: '***' },
    msg: 'open rtsp://***@camera',
  });
  expect(new Date(opened.time).getTime()).toBeGreaterThan(0);
  expect(failed.err).toMatchObject({ type: 'Error', message: 'lost rtsp://***@camera' });
  expect(lines.join('')).not.toContain('se3cret');
});

test('readable lines on request', () => {
  const { lines, to } = collect();
  createLog({ level: 'warn', format: 'pretty' }, 'porch', to).warn({ camera: 'door' }, 'no frame for 10 s');
  expect(lines.join('')).toMatch(/^\[\d\d:\d\d:\d\d\.\d+\] WARN.*: no frame for 10 s\n {4}camera: "door"\n$/);
});

test.each(['json', 'pretty'] as const)(
  '%s: nothing of what others have written steers a terminal',
  (format) => {
    const { lines, to } = collect();
    const hostile = 'a\u001b[31mb\u009b2Jc\u202ed';
    createLog({ level: 'warn', format }, 'porch', to).warn(
      { topic: hostile, deep: [{ hostile }], err: new Error(hostile) },
      hostile,
    );
    expect(lines.join('').replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(lines.join('')).toContain('a\\u001b[31mb 2Jc d');
  },
);

test('from the next line on it is written as another configuration says, from the level on that was set', () => {
  const { lines, to } = collect();
  const log = createLog({ level: 'info', format: 'json' }, 'porch', to);
  log.info('one');
  log.level = 'debug';
  log.adopt({ level: 'info', format: 'json' }, 'barn');
  log.debug('two');
  log.adopt({ level: 'debug', format: 'pretty' }, 'barn');
  log.debug('three');
  expect(lines.slice(0, 2).map((line) => JSON.parse(line))).toMatchObject([
    { device: 'porch', level: 'info', msg: 'one' },
    { device: 'barn', level: 'debug', msg: 'two' },
  ]);
  expect(lines[2]).toMatch(/DEBUG.*three/);
});
