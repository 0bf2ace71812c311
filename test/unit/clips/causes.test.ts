// Events of a scene -> since when a clip is wanted, whether it still is, and who is in it.

import { expect, test } from 'vitest';
import type { SceneEvent } from '../../../agent/analytics/scene/events.js';
import { Causes } from '../../../agent/clips/causes.js';
import type { Clips } from '../../../agent/config/clips.js';

type Told = Partial<Record<keyof SceneEvent | 'zone' | 'line', unknown>>;

function event(what: string, trackId: number, atMs: number, more: Told = {}): SceneEvent {
  const [kind, name] = what.split('_');
  const facts = { label: 'person', firstSeenMs: atMs - 500, lastSeenMs: atMs - 100, zones: [] };
  const place = { ...(kind === 'zone' && { zone: 'yard' }), ...(kind === 'line' && { line: 'gate' }) };
  return { kind, event: name, trackId, atMs, ...facts, ...place, ...more } as unknown as SceneEvent;
}

const TRACKS: Pick<Clips, 'of' | 'labels' | 'zones'> = { of: ['track'] };

test.each<[what: string, wanted: Partial<Clips>, event: SceneEvent, sinceMs: number | undefined]>([
  ['an object, since it was first seen', {}, event('track_start', 1, 1000), 500],
  ['an object of another label', { labels: ['car'] }, event('track_start', 1, 1000), undefined],
  [
    'one that turns out to be of a label',
    { labels: ['car'] },
    event('track_update', 1, 1000, { label: 'car' }),
    1000,
  ],
  ['its end', {}, event('track_end', 1, 1000), undefined],
  ['a zone that nobody asked for', {}, event('zone_enter', 1, 1000), undefined],
  ['a zone', { of: ['zone'] }, event('zone_enter', 1, 1000), 1000],
  ['an object, where zones are asked for', { of: ['zone'] }, event('track_start', 1, 1000), undefined],
  ['another zone', { of: ['zone'], zones: ['steps'] }, event('zone_enter', 1, 1000), undefined],
  ['one of the zones', { of: ['zone'], zones: ['steps', 'yard'] }, event('zone_enter', 1, 1000), 1000],
  ['loitering', { of: ['zone'] }, event('zone_loiter', 1, 1000), undefined],
  ['a line', { of: ['line'] }, event('line_cross', 1, 1000), 1000],
])('%s', (_, wanted, one, sinceMs) => {
  expect(new Causes().update([one], { ...TRACKS, ...wanted })).toBe(sinceMs);
});

test('it lasts until the last object was last seen', () => {
  const causes = new Causes();
  expect(causes.update([event('track_start', 1, 1000), event('track_start', 2, 1200)], TRACKS)).toBe(500);
  expect(causes.update([event('track_update', 1, 1300)], TRACKS)).toBeUndefined();
  causes.update([event('track_end', 1, 3000)], TRACKS);
  expect([causes.areLasting, causes.endedMs]).toEqual([true, 2900]);
  causes.update([event('track_end', 2, 2500)], TRACKS);
  expect([causes.areLasting, causes.endedMs]).toEqual([false, 2900]);
  expect(causes.takeConcerned().tracks.map(({ id }) => id)).toEqual([1, 2]);
  expect(causes.takeConcerned().tracks).toEqual([]);
});

test('a crossing is over at once', () => {
  const causes = new Causes();
  causes.update([event('line_cross', 4, 1000)], { of: ['line'] });
  expect([causes.areLasting, causes.endedMs]).toEqual([false, 1000]);
  expect(causes.takeConcerned()).toEqual({
    tracks: [{ id: 4, label: 'person' }],
    zones: [],
    lines: ['gate'],
  });
});

test('what has had its clip begins no other; what began just before the end does', () => {
  const causes = new Causes();
  const both: Pick<Clips, 'of'> = { of: ['track', 'zone'] };
  causes.update([event('track_start', 1, 1000)], both);
  causes.update([event('track_start', 2, 60_000), event('zone_enter', 2, 60_000)], both);
  causes.spend(58_000);
  expect(causes.areLasting).toBe(true);
  expect(causes.takeConcerned().tracks.map(({ id }) => id)).toEqual([1, 2]);
  expect(causes.update([event('track_update', 1, 61_000)], both)).toBeUndefined();
  expect(causes.takeConcerned()).toEqual({
    tracks: [{ id: 2, label: 'person' }],
    zones: ['yard'],
    lines: [],
  });
  causes.spend(Number.POSITIVE_INFINITY);
  expect(causes.areLasting).toBe(false);
  expect(causes.takeConcerned().tracks).toEqual([{ id: 2, label: 'person' }]);
  expect(causes.takeConcerned().tracks).toEqual([]);
});
