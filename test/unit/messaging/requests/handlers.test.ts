// A snapshot that is asked for while its camera's pictures are switched off -> none.

import { expect, test } from 'vitest';
import { NextPicture } from '../../../../agent/analytics/next-picture.js';
import { configFile } from '../../../../agent/config/schema.js';
import type { FrameResult } from '../../../../agent/inference/frame-path.js';
import { type HandlerParts, requestHandlers } from '../../../../agent/messaging/requests/handlers.js';

const configOf = (send: string) =>
  configFile.parse({
    device: 'porch',
    mqtt: { url: 'mqtt://127.0.0.1:1883' },
    cameras: { door: { source: 'test:ball', pictures: { send } } },
  });
const frame = {
  source: 'door',
  sequence: 1,
  capturedAtMs: 0,
  capturedMonotonicMs: 0,
  sourceSize: { width: 640, height: 480 },
  pixels: new ArrayBuffer(3),
};

test.each([
  ['events', ['events', 'a picture']],
  ['none', ['none']],
])('pictures.send: %s by the time that it has come', async (send, outcome) => {
  const sent: string[] = [];
  const nextPicture = new NextPicture({ encode: async () => Buffer.from('a picture') });
  const parts = {
    config: configOf('events'),
    nextPicture,
    isRunning: () => true,
    publishPicture: (_: string, { jpeg }: { jpeg: Buffer }) => sent.push(String(jpeg)),
  };
  const asked = requestHandlers(parts as unknown as HandlerParts).snapshot(
    { camera: 'door' },
    { request: 'snapshot' },
  );
  parts.config = configOf(send);
  nextPicture.update({ frame, sourceDetections: [] } as unknown as FrameResult);
  await asked.catch((error: Error) => expect(error.message).toContain('pictures: events or always'));
  expect([send, ...sent]).toEqual(outcome);
});
