// Configuration texts and another model -> the same texts with it, and nothing else changed.

import { expect, test } from 'vitest';
import { withKey } from '../../../agent/config/change-key.js';

test.each<[what: string, from: string, to: string]>([
  [
    'a value with a comment behind it',
    '# mine\ndevice: porch\nmodel: /old   # the small one\n\ncameras:\n  door: { source: "-" }  # here\n',
    '# mine\ndevice: porch\nmodel: "/new"   # the small one\n\ncameras:\n  door: { source: "-" }  # here\n',
  ],
  ['a value in quotes', `model: '/old'\ndevice: a\n`, 'model: "/new"\ndevice: a\n'],
  [
    'no such key',
    '# mine\n\ndevice: a\nnote: |\n  b\n',
    '# mine\n\nmodel: "/new"\ndevice: a\nnote: |\n  b\n',
  ],
  ['a key inside another', 'mqtt: { model: x }\n', 'model: "/new"\nmqtt: { model: x }\n'],
  ['keys that are indented', '  device: a\n  b: 1\n', '  model: "/new"\n  device: a\n  b: 1\n'],
  ['one line', '{ device: a, "model": old }', '{ device: a, "model": "/new" }'],
  ['one line without it', '{ device: a }', '{ model: "/new", device: a }'],
  ['JSON', '{"device": "a", "model": "/old"}', '{"device": "a", "model": "/new"}'],
  ['a document that says that it is one', '---\ndevice: a\n...\n', '---\nmodel: "/new"\ndevice: a\n...\n'],
  ['line feeds of Windows', 'device: a\r\nmodel: /old\r\n', 'device: a\r\nmodel: "/new"\r\n'],
  ['a variable', `model: "\${MODEL}"\n`, 'model: "/new"\n'],
  ['a name that stands for it elsewhere', 'x-a: &m /old\nmodel: *m\n', 'x-a: &m /old\nmodel: "/new"\n'],
])('%s', (_, from, to) => {
  expect(withKey(from, 'model', '/new', 'cspcam.yaml')).toBe(to);
});

test.each<[what: string, text: string]>([
  ['a value that is named for others', 'model: &m /old\nx-a: *m\n'],
  ['no value', 'model:\ndevice: a\n'],
  ['an empty file', ''],
  ['a list', '- a\n'],
  ['broken YAML', 'a: [\n'],
  ['a key behind a dash of three', '--- {device: a\n}\n...\nx\n'],
])('refused: %s', (_, text) => {
  expect(() => withKey(text, 'model', '/new', 'cspcam.yaml')).toThrow(
    'expected a file in which model can be changed for cspcam.yaml, received another; set model: "/new" by hand',
  );
});
