// Detections -> ONVIF JSON, against frames written by hand.

import { expect, test } from 'vitest';
import { OnvifEncoder } from '../../../../agent/messaging/encodings/onvif.js';
import type { Body, Message } from '../../../../agent/messaging/schemas.js';
import { eventMessage, statusMessage } from '../../../support/messages.js';

type Detections = Body<'detections'>;

const encoder = new OnvifEncoder('site/porch');

function message(body: Partial<Detections>): Message {
  const frame: Detections['frame'] = {
    sequence: 3,
    capturedAt: '2026-01-02T03:04:05.678Z',
    mediaTimeMs: 120,
    ageMs: 42.3,
    sourceSize: { width: 1280, height: 720 },
    inputSize: { width: 320, height: 320 },
    content: { x: 0, y: 70, width: 320, height: 180 },
  };
  return {
    kind: 'detections',
    body: { camera: 'door', frame, model: 'm', inferenceMs: 1, detections: [], tracks: [], ...body },
  };
}

const objects = (body: Partial<Detections>) =>
  JSON.parse(encoder.encode(message(body))[0]!.payload as string).Frame[0].Object;

test('a frame as ONVIF has it', () => {
  const [encoded, ...more] = encoder.encode(
    message({
      detections: [
        { label: 'car', score: 0.812, box: [320, 180, 640, 360] },
        { label: 'dog', score: 0.4, box: [0, 0, 10, 10] },
      ],
      tracks: [{ id: 17, label: 'car', box: [320, 180, 640, 540], stationary: false }],
    }),
  );
  expect(more).toEqual([]);
  expect(encoded).toMatchObject({
    topic: 'site/porch/onvif-mj/VideoAnalytics/door/cspcam',
    options: { qos: 0, retain: false, contentType: 'application/json' },
  });
  expect(JSON.parse(encoded!.payload as string)).toEqual({
    Frame: [
      {
        '@UtcTime': '2026-01-02T03:04:05.678Z',
        '@Source': 'cspcam',
        Object: [
          {
            '@ObjectId': 17,
            Appearance: {
              Shape: {
                BoundingBox: { '@left': -0.5, '@top': 0.5, '@right': 0, '@bottom': -0.5 },
                CenterOfGravity: { '@x': -0.25, '@y': 0 },
              },
              Class: {
                Type: [
                  { '@Likelihood': 0.812, '#text': 'Vehicle' },
                  { '@Likelihood': 0.812, '#text': 'Car' },
                ],
              },
            },
          },
        ],
      },
    ],
  });
});

test.each<[string, [number, number, number, number], [number, number, number, number]]>([
  ['the whole picture', [0, 0, 1280, 720], [-1, 1, 1, -1]],
  ['its upper left quarter', [0, 0, 640, 360], [-1, 1, 0, 0]],
  ['its lower right quarter', [640, 360, 1280, 720], [0, 0, 1, -1]],
  ['a box beyond its edges', [-100, -50, 2000, 900], [-1, 1, 1, -1]],
  ['tenths of a pixel', [100.1, 50.2, 100.3, 50.4], [-0.8436, 0.8606, -0.8433, 0.86]],
])('coordinates of %s: left, top, right, bottom from -1 to 1, y upwards', (_, box, expected) => {
  const shape = objects({ tracks: [{ id: 1, label: 'person', box, stationary: false }] })[0].Appearance.Shape;
  expect(Object.entries(shape.BoundingBox)).toEqual(
    ['@left', '@top', '@right', '@bottom'].map((key, i) => [key, expected[i]]),
  );
});

test.each([
  ['person', ['Human']],
  ['bicycle', ['Bicycle']],
  ['truck', ['Vehicle', 'Truck']],
  ['cat', ['Animal', 'cat']],
  ['traffic light', ['traffic light']],
  ['constructor', ['constructor']],
])('%s is %j', (label, names) => {
  const tracks: Detections['tracks'] = [{ id: 1, label, box: [0, 0, 10, 10], stationary: false }];
  expect(objects({ tracks })[0].Appearance.Class.Type).toEqual(names.map((name) => ({ '#text': name })));
});

test.each<[string, Detections['detections'], number | undefined]>([
  ['the detection on it', [{ label: 'person', score: 0.9, box: [0, 0, 100, 100] }], 0.9],
  [
    'the nearer of two',
    [
      { label: 'person', score: 0.9, box: [0, 0, 100, 70] },
      { label: 'person', score: 0.6, box: [0, 0, 100, 95] },
    ],
    0.6,
  ],
  ['none of another label', [{ label: 'dog', score: 0.9, box: [0, 0, 100, 100] }], undefined],
  ['none elsewhere', [{ label: 'person', score: 0.9, box: [300, 0, 400, 100] }], undefined],
])('likelihood of a track is of %s', (_, detections, likelihood) => {
  const tracks: Detections['tracks'] = [{ id: 1, label: 'person', box: [0, 0, 100, 100], stationary: false }];
  expect(objects({ detections, tracks })[0].Appearance.Class.Type[0]['@Likelihood']).toBe(likelihood);
});

test('an empty frame is told, other messages are not', () => {
  expect(objects({})).toEqual([]);
  expect([eventMessage(1), statusMessage('running')].flatMap((other) => encoder.encode(other))).toEqual([]);
});
