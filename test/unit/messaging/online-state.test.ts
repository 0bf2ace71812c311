// Connections under one name and another -> what is said on `state`, with a number of its own each time.

import { expect, test } from 'vitest';
import { Envelopes } from '../../../agent/messaging/envelope.js';
import { OnlineState } from '../../../agent/messaging/online-state.js';

test('no number comes twice within a boot, though a name comes again', () => {
  const state = new OnlineState('porch', new Envelopes({ bootId: 'boot', now: () => 0 }));
  const said: string[] = [];
  for (const name of ['porch', 'porch', 'barn', 'porch']) {
    state.moveTo(name);
    const will = state.will().payload;
    for (const { topic, payload } of [state.online(), state.farewell()]) {
      const { state: word, sequence } = JSON.parse(String(payload));
      said.push(`${topic} ${sequence} ${word}`);
    }
    expect(will, 'the farewell in its place').toBe(state.farewell().payload);
  }
  expect(said).toEqual([
    ...['porch 0 online', 'porch 1 offline', 'porch 2 online', 'porch 3 offline'],
    ...['barn 0 online', 'barn 1 offline', 'porch 4 online', 'porch 5 offline'],
  ]);
});
