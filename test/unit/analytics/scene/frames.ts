// 'person 0.5,0.7 80x160 0.9 unseen' by track and time -> what a scene says, as lines.

import { expect } from 'vitest';
import type { SceneEvent } from '../../../../agent/analytics/scene/events.js';
import type { ObjectFilter } from '../../../../agent/analytics/scene/filter.js';
import type { LineOptions } from '../../../../agent/analytics/scene/line.js';
import { Scene, type SceneOptions } from '../../../../agent/analytics/scene/scene.js';
import type { ZoneOptions } from '../../../../agent/analytics/scene/zone.js';
import type { Track } from '../../../../agent/analytics/tracking/track.js';
import { points } from './points.js';

/** Wider than high, so that a mistaken side shows. */
export const SOURCE = { width: 1000, height: 500 };

/** Time -> tracks by id; without one the camera is lost. */
export type Frames = readonly (readonly [atMs: number, tracks?: Readonly<Record<number, string>>])[];

export type Row = [name: string, options: Partial<SceneOptions>, frames: Frames, events: string[]];

export function check(_name: string, options: Partial<SceneOptions>, frames: Frames, events: string[]): void {
  expect(play(scene(options), frames)).toEqual(events);
}

const anyObject: ObjectFilter = { minScore: 0, minArea: 0, maxArea: 1, anchor: 'bottom' };

export function zone(polygon: string, options: Partial<ZoneOptions> = {}): ZoneOptions {
  return { ...anyObject, points: points(polygon), inertiaSeconds: 0, ...options };
}

export function line(polyline: string, options: Partial<LineOptions> = {}): LineOptions {
  return { ...anyObject, points: points(polyline), hysteresis: 0.1, ...options };
}

export function scene(options: Partial<SceneOptions> = {}): Scene {
  return new Scene({ zones: {}, lines: {}, stationarySeconds: 1000, ...options });
}

export function play(of: Scene, frames: Frames): string[] {
  const lastSeen = new Map<number, Track>();
  return frames.flatMap(([atMs, tracks]) => {
    if (tracks === undefined) return of.clear(atMs).events.map(told);
    const all = Object.entries(tracks).map(([id, text]) => track(Number(id), text, atMs, lastSeen));
    return of.update({ tracks: all, ended: [] }, SOURCE, atMs).events.map(told);
  });
}

/** Where its feet are, relative; size in pixels, default 50x50; score, default 0.8. */
function track(id: number, text: string, atMs: number, lastSeen: Map<number, Track>): Track {
  const words = text.split(' ');
  const [x, y] = points(words.find((word) => word.includes(','))!)[0]!;
  const size = words.find((word) => /^\d+x\d+$/.test(word)) ?? '50x50';
  const [width, height] = size.split('x').map(Number);
  const [left, bottom] = [x * SOURCE.width - width! / 2, y * SOURCE.height];
  const before = lastSeen.get(id);
  const seen = !words.includes('unseen');
  const score = Number(words.find((word) => /^[01]?\.?\d+$/.test(word)) ?? 0.8);
  const now: Track = {
    id,
    label: words.find((word) => /^[a-z]+$/.test(word) && word !== 'unseen') ?? 'person',
    score,
    bestScore: Math.max(before?.bestScore ?? 0, score),
    sourceBox: [left, bottom - height!, left + width!, bottom],
    seen,
    firstSeenMs: before?.firstSeenMs ?? atMs,
    lastSeenMs: seen ? atMs : (before?.lastSeenMs ?? atMs),
  };
  lastSeen.set(id, now);
  return now;
}

/** '1000 #1 leave yard after 400', '1000 #1 update person [yard] stationary', ... */
function told(event: SceneEvent): string {
  const head = `${event.atMs} #${event.trackId}`;
  const rest = event.stationary ? ' stationary' : '';
  switch (event.kind) {
    case 'zone':
      return `${head} ${event.event} ${event.zone}${event.event === 'enter' ? '' : ` after ${event.durationMs}`}`;
    case 'line':
      return `${head} ${event.direction} ${event.line}`;
    case 'track':
      return event.event === 'end'
        ? `${head} end ${event.label} after ${event.durationMs}, was in [${event.zonesVisited}]${rest}`
        : `${head} ${event.event} ${event.label} [${event.zones}]${rest}`;
  }
}
