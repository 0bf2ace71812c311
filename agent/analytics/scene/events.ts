// What a scene says: events of tracks, zones and lines, and counts. Plain data, ready to serialise.

import type { Box } from '../../../models/detection.js';

/** The object an event is about, as it was with the frame of the event. */
interface EventFacts {
  /** CLOCK_MONOTONIC at capture of that frame, milliseconds. */
  readonly atMs: number;
  readonly trackId: number;
  readonly label: string;
  /** The score of the last detection, 0..1. */
  readonly score: number;
  /** The highest score so far. */
  readonly bestScore: number;
  readonly sourceBox: Box;
  /** Zones it is in, in the order of the configuration. */
  readonly zones: readonly string[];
  readonly stationary: boolean;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
}

/** `update`: label, zones or stationary changed. */
export type TrackEvent = EventFacts &
  (
    | { readonly kind: 'track'; readonly event: 'start' | 'update' }
    | {
        readonly kind: 'track';
        readonly event: 'end';
        /** From first to last seen. */
        readonly durationMs: number;
        /** In the order of their first visit. */
        readonly zonesVisited: readonly string[];
        /** The frame that its picture shows; nothing where there is none, or one of another stream. */
        readonly snapshot?: { readonly sequence: number; readonly capturedAtMs: number };
      }
  );

export type ZoneEvent = EventFacts &
  (
    | { readonly kind: 'zone'; readonly event: 'enter'; readonly zone: string }
    | {
        readonly kind: 'zone';
        readonly event: 'leave' | 'loiter';
        readonly zone: string;
        /** From first to last seen within, or until now. */
        readonly durationMs: number;
      }
  );

export type Direction = 'in' | 'out';

export type LineEvent = EventFacts & {
  readonly kind: 'line';
  readonly event: 'cross';
  readonly line: string;
  /** `in` is to the right of the line, looking from its first point to its last. */
  readonly direction: Direction;
};

export type SceneEvent = TrackEvent | ZoneEvent | LineEvent;

/** Labels, zones and lines without any object are there with 0. */
export interface SceneCounts {
  /** By label: objects seen within the last second, and how many of them are stationary. */
  readonly labels: Readonly<Record<string, LabelCount>>;
  /** By zone and label: objects that have entered and not left. */
  readonly zones: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** By line, since start. */
  readonly lines: Readonly<Record<string, LineCount>>;
}

export interface LabelCount {
  readonly visible: number;
  readonly stationary: number;
}

export type LineCount = Readonly<Record<Direction, number>>;
