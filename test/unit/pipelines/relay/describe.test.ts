// Where a description was found + its controls -> the addresses to set up its track and to play it (RFC 2326, C.1.1).

import { expect, test } from 'vitest';
import { controlUris } from '../../../../pipelines/relay/describe.js';

const base = 'rtsp://cam/live';

test.each<
  [string, base: string, sessionControl: string | undefined, control: string | undefined, string, string]
>([
  ['relative', base, '*', 'track1', 'rtsp://cam/live/track1', base],
  ['a base with a slash', 'rtsp://cam/live/', '*', 'track1', 'rtsp://cam/live/track1', 'rtsp://cam/live/'],
  [
    'a base with a query',
    'rtsp://cam/a?ch=1',
    '*',
    'track1',
    'rtsp://cam/a?ch=1/track1',
    'rtsp://cam/a?ch=1',
  ],
  ['a query alone', base, '*', '?ctype=video', 'rtsp://cam/live/?ctype=video', base],
  ['whole', base, '*', 'rtsp://cam/x/1', 'rtsp://cam/x/1', base],
  ['no controls', base, undefined, undefined, base, base],
  ['of the session alone', base, 'rtsp://cam/s', undefined, 'rtsp://cam/s', 'rtsp://cam/s'],
  ['a whole one of the session', base, 'rtsp://cam/s/', 'track1', 'rtsp://cam/s/track1', 'rtsp://cam/s/'],
  ['a relative one of the session', base, 'all', 'track1', 'rtsp://cam/live/track1', 'rtsp://cam/live/all'],
  ['encrypted', base, '*', 'RTSPS://cam/x/1', 'RTSPS://cam/x/1', base],
  ['empty', base, '', '', base, base],
])('%s', (_, at, sessionControl, control, track, session) => {
  expect(controlUris(at, { control, sessionControl })).toEqual({ track, session });
});
