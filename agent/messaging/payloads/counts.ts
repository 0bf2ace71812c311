// The counts of a camera's scene -> the bodies of `count`, `zone` and `line`.

import type { SceneCounts } from '../../analytics/scene/events.js';
import type { Message } from '../schemas.js';

export type CountMessage = Extract<Message, { kind: 'count' | 'zone' | 'line' }>;

/** One for each label, zone and line, changed or not. */
export function countMessages(camera: string, { labels, zones, lines }: SceneCounts): CountMessage[] {
  return [
    ...Object.entries(labels).map(
      ([label, { visible, stationary }]): CountMessage => ({
        kind: 'count',
        body: { camera, label, count: visible, stationary },
      }),
    ),
    ...Object.entries(zones).map(([zone, byLabel]): CountMessage => {
      const count = Object.values(byLabel).reduce((sum, one) => sum + one, 0);
      return { kind: 'zone', body: { camera, zone, occupied: count > 0, count, byLabel: { ...byLabel } } };
    }),
    ...Object.entries(lines).map(
      ([line, { in: inward, out }]): CountMessage => ({
        kind: 'line',
        body: { camera, line, in: inward, out },
      }),
    ),
  ];
}
