// Bytes -> messages and packets, however they are cut; and what is no RTSP, or too much of it.

import { expect, test } from 'vitest';
import {
  encodeMessage,
  header,
  RtspError,
  RtspReader,
  statusOf,
} from '../../../../pipelines/relay/rtsp-message.js';

const answer = 'RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: 4\r\nX:  a b \r\nX: c\r\n\r\nbody';
const packet = Buffer.from([0x24, 1, 0, 3, 7, 8, 9]);
const bytes = Buffer.concat([packet, Buffer.from(`\r\n${answer}`), packet, packet]);

function read(chunks: readonly Buffer[]) {
  const reader = new RtspReader();
  return chunks.flatMap((chunk) =>
    [...reader.push(chunk)].map((next) =>
      next.kind === 'packet'
        ? `packet ${next.channel} ${next.bytes.toString('hex')}`
        : `${next.startLine} | ${[...next.headers].join(' ')} | ${next.body}`,
    ),
  );
}

test.each([1, 2, 3, 5, 7, 64, 1000])('chunks of %i bytes', (size) => {
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
  const one = 'packet 1 24010003070809';
  expect(read(chunks)).toEqual([one, 'RTSP/1.0 200 OK | cseq,2 content-length,4 x,a b,c | body', one, one]);
});

test.each([
  ['lines without carriage returns', 'RTSP/1.0 404 Not Found\nCSeq: 1\n\n', 404],
  ['a request', 'OPTIONS rtsp://c/s RTSP/1.0\r\nCSeq: 1\r\n\r\n', undefined],
  ['a line that is no header', 'RTSP/1.0 200 OK\r\nnonsense\r\nCSeq: 1\r\n\r\n', 200],
])('%s', (_, text, status) => {
  const [message] = [...new RtspReader().push(Buffer.from(text))];
  if (message?.kind !== 'message') throw new Error('no message');
  expect([statusOf(message), header(message, 'CSEQ')]).toEqual([status, '1']);
});

test.each([
  ['HTTP', 'HTTP/1.1 200 OK\r\n\r\n'],
  ['noise', '\u0001\u0002\r\n\r\n'],
  ['a head without an end', `RTSP/1.0 200 OK\r\n${'X: y\r\n'.repeat(4000)}`],
  ['too many headers', `RTSP/1.0 200 OK\r\n${'X: y\r\n'.repeat(200)}\r\n`],
  ['a body of a gigabyte', 'RTSP/1.0 200 OK\r\nContent-Length: 1000000000\r\n\r\n'],
  ['a length that is no number', 'RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n'],
])('%s is refused', (_, text) => {
  expect(() => [...new RtspReader().push(Buffer.from(text, 'latin1'))]).toThrow(RtspError);
});

test('messages are written as they are read, and a value cannot begin a header of its own', () => {
  const written = encodeMessage({
    startLine: 'SETUP rtsp://c/s RTSP/1.0',
    headers: { CSeq: '1', Session: undefined, Range: 'a\r\nEvil: yes' },
    body: Buffer.from('xyz'),
  });
  expect(written.toString()).toBe(
    'SETUP rtsp://c/s RTSP/1.0\r\nCSeq: 1\r\nRange: a Evil: yes\r\nContent-Length: 3\r\n\r\nxyz',
  );
});
