// Text and values with secrets -> without them, and otherwise as they were.

import { expect, test } from 'vitest';
import { redacted, redactText } from '#common/redact.js';

test.each([
  ['rtsp://user:se3cret@camera/stream', 'rtsp://***@camera/stream'],
  ['rtsp://user@camera/stream', 'rtsp://***@camera/stream'],
  ['rtsp://user:se@3cret/x@camera:554/stream', 'rtsp://***@camera:554/stream'],
  ['rtsp://user:se"3\'cret@camera', 'rtsp://***@camera'],
  ['cannot open rtsp://u:se3cret@camera/: refused', 'cannot open rtsp://***@camera/: refused'],
  [
    'gst:rtspsrc location=rtsp://camera user-id=me user-pw=se3cret ! decodebin',
    'gst:rtspsrc location=rtsp://camera user-id=*** user-pw=*** ! decodebin',
  ],
  ['gst:rtspsrc user-pw="my se3cret" ! x', 'gst:rtspsrc user-pw=*** ! x'],
  ['http://camera/snap.cgi?user=me&pwd=se3cret&size=1', 'http://camera/snap.cgi?user=me&pwd=***&size=1'],
  ['rtsp://camera/user=me_password=se3cret_channel=1', 'rtsp://camera/user=me_password=***_channel=1'],
  ['rtsp://joe:secret@cam/s', 'rtsp://***@cam/s'],
  ['rtsp://joe@cam/s', 'rtsp://***@cam/s'],
  ['rtsp://joe:p@ss@cam/s', 'rtsp://***@cam/s'],
  ['rtsp://joe:p/s@cam/s', 'rtsp://***@cam/s'],
  ['rtsp://joe:p"s@cam/s', 'rtsp://***@cam/s'],
  ['rtsp://cam:554/s', 'rtsp://cam:554/s'],
  ['rtsp://cam/s@hd', 'rtsp://cam/s@hd'],
  ['cannot open rtsp://joe:pw@cam/s, mail me@home', 'cannot open rtsp://***@cam/s, mail me@home'],
  [
    'rtspsrc location=rtsp://cam user-id=joe user-pw="p w" ! x',
    'rtspsrc location=rtsp://cam user-id=*** user-pw=*** ! x',
  ],
  ['rtspsrc user-pw = a\\"b ! x', 'rtspsrc user-pw=*** ! x'],
  ['rtsp://cam/s?token=ab_c&x=1', 'rtsp://cam/s?token=***&x=1'],
  ['rtsp://cam/user=a_password=b_c_channel=1.sdp', 'rtsp://cam/user=a_password=***_channel=1.sdp'],
  ['rtsp://camera:554/stream', 'rtsp://camera:554/stream'],
  ['x-myPassword=se3cret&a=1', 'x-myPassword=***&a=1'],
  ['connect passphrase = se3cret now', 'connect passphrase=*** now'],
  ["curl --api_key='se 3cret'", 'curl --api_key=***'],
  ['bypass=1&tokens=5', 'bypass=1&tokens=5'],
  ['mail me@example.org about file:/clips/a.mp4', 'mail me@example.org about file:/clips/a.mp4'],
])('%s', (text, hidden) => {
  expect(redactText(text)).toBe(hidden);
});

test('values keep their shape', () => {
  const at = new Date(0);
  const value = {
    mqtt: { username: 'me', password: 'se3cret' },
    list: ['rtsp://a:se3cret@b'],
    n: 1,
    no: null,
    at,
  };
  expect(redacted(value)).toEqual({
    mqtt: { username: 'me', password: '***' },
    list: ['rtsp://***@b'],
    n: 1,
    no: null,
    at,
  });
  expect(value.mqtt.password).toBe('se3cret');
});
