// States, events and figures -> words for people.

import type { CameraView, EventView } from '../protocol.js';

/** @param toldAgoMs how long ago the agent has said so */
export function stateWords(camera: CameraView, toldAgoMs: number): string {
  switch (camera.state) {
    case 'running':
      return 'Running';
    case 'starting':
      return 'Starting';
    case 'waiting-for-key-frame':
      return 'Waiting for a whole picture';
    case 'ended':
      return 'The recording has ended';
    case 'stopped':
      return 'Switched off';
    case 'retrying': {
      const seconds = Math.ceil(((camera.retryInMs ?? 0) - toldAgoMs) / 1000);
      const when = seconds > 0 ? `tried again in ${durationWords(seconds)}` : 'is being tried again';
      return `${camera.message ?? 'Not to be reached'} – ${when}`;
    }
  }
}

export function eventWords({
  kind,
  event,
  place,
}: EventView): readonly [before: string, place?: string | undefined] {
  if (kind === 'zone') {
    if (event === 'enter') return ['enters', place];
    return [event === 'leave' ? 'leaves' : 'stays in', place];
  }
  if (kind === 'line') return [event === 'in' ? 'goes in over' : 'goes out over', place];
  return [event === 'start' ? 'comes into view' : 'is gone'];
}

export function timeWords(atMs: number): string {
  return new Date(atMs).toLocaleTimeString(undefined, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
}

export function durationWords(seconds: number): string {
  if (seconds < 10) return `${Math.round(seconds * 10) / 10} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

/** Three figures at the most: 0.42, 4.2, 42. */
export function figure(value: number): string {
  if (value === 0) return '0';
  return value < 1 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0);
}
