// Requests that meet a change of the configuration: what holds once both are over.

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
  ['stays closed', false],
  ['is opened where a reload has switched it on meanwhile', true],
])('a camera that is switched off %s', async (_, isOn) => {
  const done: string[] = [];
  let isEnabled = true;
  const parts = {
    settings: {
      isEnabled: () => isEnabled,
      setEnabled: (_: string, enabled: boolean) => {
        isEnabled = enabled;
      },
    },
    cameras: {
      close: async () => {
        done.push('closed');
        isEnabled = isOn;
      },
      open: () => done.push('opened'),
      isOpen: () => done.at(-1) === 'opened',
    },
    changed: () => {},
  };
  const handlers = requestHandlers(parts as unknown as HandlerParts);
  const answer = await handlers.disable({ camera: 'door' }, { request: 'disable' });
  expect(done).toEqual(isOn ? ['closed', 'opened'] : ['closed']);
  expect(answer).toEqual({ camera: 'door', enabled: isOn });
});

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
