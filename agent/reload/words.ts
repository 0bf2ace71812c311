// What a reload has changed -> one line for people: `cameras door (source), model; unchanged: yard`.

import { listed } from '#common/listed.js';
import type { Changes } from './changes.js';

export function wordsOf({ cameras, keys }: Changes): string {
  const touched = [
    ...cameras.added.map((id) => `${id} (added)`),
    ...cameras.removed.map((id) => `${id} (removed)`),
    ...[...cameras.changed].map(([id, change]) => `${id} (${change.keys.join(', ')})`),
  ];
  const changed = [...(touched.length > 0 ? [`cameras ${listed(touched)}`] : []), ...keys];
  if (changed.length === 0) return 'nothing has changed';
  const { unchanged } = cameras;
  return `${changed.join(', ')}${unchanged.length > 0 ? `; unchanged: ${listed(unchanged)}` : ''}`;
}
