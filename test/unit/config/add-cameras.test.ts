// A configuration as somebody wrote it and more cameras -> the same text with them, or a refusal.

import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { withCameras } from '../../../agent/config/add-cameras.js';

const MORE = {
  yard: { source: `rtsp://admin:\${CAMERA_PASSWORD}@10.0.0.3/main`, loop: true },
  '12': { source: 'v4l2:/dev/video0' },
};

test.each([
  ['device: a\ncameras:\n  door:\n    source: x # here\n'],
  ['cameras:\n    # of the door\n    door: { source: x }\nlog: {}\n'],
  ['cameras:\n  &all\n  # of the door\n  door: { source: x }\n'],
  ['cameras: { door: { source: x } } # all\n'],
  ['{"cameras": {"door": {"source": "x"}}}'],
  ['cameras:\r\n  door:\r\n    source: x\r\n'],
  ['x-a: &a { loop: false }\ncameras:\n  door:\n    <<: *a\n    source: x'],
])('%j', (text) => {
  const changed = withCameras(text, MORE, 'porch.yaml');
  const before = parse(text, { merge: true });
  expect(parse(changed, { merge: true })).toEqual({ ...before, cameras: { ...MORE, ...before.cameras } });
  // What stood there stands there, around what is new.
  const start = [...text].findIndex((character, i) => character !== changed[i]);
  expect(changed.endsWith(text.slice(start === -1 ? text.length : start))).toBe(true);
});

test.each([
  ['cameras: # all\n', '  # of the door\n  # and the steps\n  door: { source: x }\n'],
  ['cameras:\n  # of all\n\n', '  # of the door\n  door: { source: x }\n'],
  ['cameras:\r\n', '  # of the door\r\n  door: { source: x }\r\n'],
])('what is said above the first camera of %j stays there', (before, after) => {
  const camera = { source: 'test:ball' };
  expect(withCameras(before + after, { yard: camera }, 'porch.yaml')).toBe(
    `${before}  yard:\n    source: "test:ball"\n${after}`,
  );
});

test.each([
  ['device: a\n'],
  ['cameras: []\n'],
  ['cameras:\n'],
  ['a: &other { door: { source: x } }\ncameras: *other\n'],
  ['cameras: {}\n'],
  ['- a\n'],
  ['cameras:\n  yard: { source: x }\n'],
])('%j is refused', (text) => {
  expect(() => withCameras(text, MORE, 'porch.yaml')).toThrow(
    /^expected a file in which cameras .* for porch\.yaml/,
  );
});
