// What the page and the agent say to each other, as types alone: both sides are compiled against them.

/** Parts of the picture, from its top left corner (0, 0) to its bottom right one (1, 1). */
export type Point = readonly [x: number, y: number];
/** x1, y1, x2, y2 in source pixels. */
export type PixelBox = readonly [number, number, number, number];

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** An object on a frame: a track, or a detection that is none (yet). */
export interface Found {
  readonly label: string;
  readonly box: PixelBox;
  /** Of a track. */
  readonly id?: number;
  readonly stationary?: boolean;
  /** 0 to 1. */
  readonly score: number;
}

/** The head of a binary message, behind its length as four bytes (big endian); a JPEG follows, or nothing. */
export interface PictureHead {
  readonly camera: string;
  /** Of the frame: what was found belongs to this picture and to no other. */
  readonly sequence: number;
  /** Milliseconds since 1970. */
  readonly capturedAtMs: number;
  readonly sourceSize: PictureSize;
  readonly found: readonly Found[];
}

export interface Shape {
  readonly points: readonly Point[];
  readonly labels?: readonly string[] | undefined;
}

export interface SceneView {
  readonly zones: Readonly<Record<string, Shape>>;
  readonly lines: Readonly<Record<string, Shape>>;
  readonly masks: {
    readonly privacy: readonly (readonly Point[])[];
    readonly motion: readonly (readonly Point[])[];
    readonly objects: readonly Shape[];
  };
}

export interface CameraView {
  readonly id: string;
  readonly state: 'starting' | 'waiting-for-key-frame' | 'running' | 'retrying' | 'ended' | 'stopped';
  /** One line, where something is wrong. */
  readonly message?: string | undefined;
  /** From when this is told until it is tried again: clocks of browsers and cameras need not agree. */
  readonly retryInMs?: number | undefined;
  readonly restarts: number;
  readonly sourceSize?: PictureSize | undefined;
  /** Whether the configuration allows pictures of it. */
  readonly hasPictures: boolean;
  readonly scene: SceneView;
  readonly counts?: CountsView | undefined;
}

export interface CountsView {
  readonly labels: Readonly<Record<string, { readonly visible: number; readonly stationary: number }>>;
  readonly zones: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly lines: Readonly<Record<string, { readonly in: number; readonly out: number }>>;
}

export interface EventView {
  /** Counts the events since start. */
  readonly id: number;
  readonly camera: string;
  readonly atMs: number;
  readonly kind: 'track' | 'zone' | 'line';
  readonly event: string;
  readonly trackId: number;
  readonly label: string;
  /** Zone or line. */
  readonly place?: string | undefined;
  readonly seconds?: number | undefined;
  /** Whether there is a picture of its object, at `/api/object.jpg?boot=<bootId>&id=<trackId>`. */
  readonly hasPicture: boolean;
}

/** Video of events, at `/api/clip/<file>` as long as it is kept. */
export interface ClipView {
  readonly file: string;
  readonly camera: string;
  /** Those that it was kept of, with the ids of events. */
  readonly trackIds: readonly number[];
  readonly startedAtMs: number;
  readonly seconds: number;
}

export interface CameraRates {
  readonly capturedFps: number;
  readonly inferredFps: number;
  readonly skippedFps: number;
  readonly droppedFps: number;
}

export interface StatsView {
  readonly atMs: number;
  readonly cameras: Readonly<Record<string, CameraRates>>;
  /** From capture to publish, milliseconds; nothing where no frame came. */
  readonly latency?: { readonly p50: number; readonly p95: number } | undefined;
}

export type ServerMessage =
  | {
      readonly kind: 'hello';
      readonly device: string;
      readonly version: string;
      /** Of this start of the agent: ids of objects and events count from one again with the next. */
      readonly bootId: string;
      readonly canEdit: boolean;
      readonly hasScenes: boolean;
      readonly cameras: readonly CameraView[];
      readonly events: readonly EventView[];
      readonly clips: readonly ClipView[];
      readonly stats: readonly StatsView[];
    }
  | { readonly kind: 'cameras'; readonly cameras: readonly CameraView[] }
  | { readonly kind: 'events'; readonly events: readonly EventView[] }
  | { readonly kind: 'object-picture'; readonly trackId: number }
  | { readonly kind: 'clip'; readonly clip: ClipView }
  /** Pictures and clips of it from before are not to be seen any more. */
  | { readonly kind: 'forget'; readonly camera: string }
  | { readonly kind: 'stats'; readonly stats: StatsView };

export type ClientMessage =
  /** Cameras whose pictures are wanted from now on. */
  | { readonly kind: 'watch'; readonly cameras: readonly string[] }
  /** The last picture of a camera has been drawn: another may come. */
  | { readonly kind: 'drawn'; readonly camera: string };

/** A zone or line as it is to be. */
export interface ShapeEdit {
  readonly id: string;
  /** Its id in the file; nothing where it is new. */
  readonly was?: string | undefined;
  readonly points: readonly Point[];
}

export interface MaskEdit {
  /** Its place in the list of the file; nothing where it is new. */
  readonly was?: number | undefined;
  readonly points: readonly Point[];
}

export interface SceneEdit {
  readonly camera: string;
  /** Of the file that was edited: another is not written over. */
  readonly version: string;
  readonly zones: readonly ShapeEdit[];
  readonly lines: readonly ShapeEdit[];
  readonly masks: {
    readonly privacy: readonly MaskEdit[];
    readonly motion: readonly MaskEdit[];
    readonly objects: readonly MaskEdit[];
  };
}

/** Answer to `GET /api/scene?camera=`. */
export interface SceneFile {
  readonly version: string;
  readonly scene: SceneView;
}

/** Answer to `POST /api/scene` and `POST /api/scene/text`. */
export type SceneAnswer =
  /** In force; in words. */
  | { readonly kind: 'saved'; readonly done: string; readonly version: string }
  /** Nothing was written; the YAML to be copied, and why where it should have been. */
  | { readonly kind: 'text'; readonly yaml: string; readonly why?: string }
  | { readonly kind: 'refused'; readonly problems: readonly string[] };
