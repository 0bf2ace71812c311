// A device on loopback -> what it tells of itself.

import { afterEach, expect, test, vi } from 'vitest';
import { foundDevice } from '../../../agent/discovery/found-device.js';
import type { Told } from '../../../agent/discovery/words.js';
import { askDevice } from '../../../agent/discovery/worker/ask-device.js';
import { OnvifDevice } from '../../support/onvif-device.js';

afterEach(() => void vi.useRealTimers());

test.each([
  [0, undefined],
  [90_000, 90],
])(
  'a clock %i ms ahead, of a device that takes a minute for the other questions',
  async (clockAheadMs, ahead) => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 0, 1) });
    const device = await OnvifDevice.start({
      clockAheadMs,
      answer: (operation, usual) => {
        if (operation === 'GetProfiles') vi.setSystemTime(Date.now() + 60_000);
        return usual;
      },
    });
    const { hostname: host, port, pathname: path } = new URL(device.service);
    const service = { host, port: Number(port), path, encrypted: false };
    const told: Told[] = [];
    try {
      await askDevice({ kind: 'ask', service }, (one) => told.push(one));
    } finally {
      await device.close();
    }
    const [first] = told;
    expect(first?.kind).toBe('facts');
    const found = first?.kind === 'facts' ? foundDevice(first.facts, [host]) : undefined;
    expect(found?.streams).toHaveLength(2);
    expect(found?.clockAheadSeconds).toBe(ahead);
  },
);
