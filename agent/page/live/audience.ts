// Open pages -> each of them told what happens, and shown what it looks at. One for each start of the server.

import type { WebSocket } from 'ws';
import type { ServerMessage } from '../protocol.js';
import { LivePictures, type TakePicture } from './live-pictures.js';
import type { Memory } from './memory.js';
import { Viewer } from './viewer.js';
import { headOf, pictureMessage } from './views.js';

export interface AudienceOptions {
  readonly memory: Memory;
  readonly take: TakePicture;
  readonly picturesPerSecond: number;
  /** Whether pictures of a camera may be shown; read whenever one is looked at. */
  readonly hasPictures: (camera: string) => boolean;
  /** What a page is told first. */
  readonly hello: () => ServerMessage;
  readonly cameras: () => ServerMessage;
  readonly nowMs: () => number;
}

/** A telephone that left the house says nothing of it. */
const ASK_EVERY_MS = 20_000;
/** Counts change with each frame, which nobody reads so fast. */
const TELL_CAMERAS_MS = 250;
const NO_PICTURE = Buffer.alloc(0);

export class Audience {
  readonly #options: AudienceOptions;
  readonly #viewers = new Set<Viewer>();
  readonly #pictures: LivePictures;
  readonly #intervalMs: number;
  /** When boxes without a picture were shown last, by camera. */
  readonly #shownMs = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #later: NodeJS.Timeout | undefined;

  constructor(options: AudienceOptions) {
    const { take, picturesPerSecond, nowMs } = options;
    this.#options = options;
    this.#intervalMs = 1000 / picturesPerSecond;
    this.#pictures = new LivePictures({
      take,
      nowMs,
      intervalMs: this.#intervalMs,
      onPicture: (camera, { jpeg, sequence }) => this.#show(camera, sequence, jpeg),
    });
  }

  start(): void {
    this.#timer = setInterval(() => {
      for (const viewer of this.#viewers) viewer.ask();
    }, ASK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#later);
    this.#viewers.clear();
    this.#pictures.watch(new Set());
  }

  join(socket: WebSocket): void {
    const { hello, memory, nowMs } = this.#options;
    const viewer = new Viewer({
      socket,
      nowMs,
      onWatch: () => this.follow(),
      onGone: () => {
        this.#viewers.delete(viewer);
        this.follow();
        if (!this.hasViewers) memory.forgetReports();
      },
    });
    this.#viewers.add(viewer);
    viewer.tell(JSON.stringify(hello()));
  }

  get hasViewers(): boolean {
    return this.#viewers.size > 0;
  }

  tell(message: ServerMessage): void {
    if (!this.hasViewers) return;
    const text = JSON.stringify(message);
    for (const viewer of this.#viewers) viewer.tell(text);
  }

  /** What cameras do and count is another by now: told soon, once for all that changes until then. */
  changed(): void {
    if (!this.hasViewers) return;
    this.#later ??= setTimeout(() => {
      this.#later = undefined;
      this.tell(this.#options.cameras());
    }, TELL_CAMERAS_MS);
  }

  /** Pictures are made of what is looked at and may be shown. */
  follow(): void {
    const watched = [...this.#viewers].flatMap((viewer) => [...viewer.watched]);
    this.#pictures.watch(new Set(watched.filter((camera) => this.#options.hasPictures(camera))));
  }

  /** A frame has been looked at: of a camera without pictures its boxes are shown alone. */
  found(camera: string, sequence: number): void {
    if (this.#options.hasPictures(camera)) return;
    const nowMs = this.#options.nowMs();
    if (nowMs - (this.#shownMs.get(camera) ?? Number.NEGATIVE_INFINITY) < this.#intervalMs) return;
    this.#shownMs.set(camera, nowMs);
    this.#show(camera, sequence, NO_PICTURE);
  }

  /** No picture of the camera from before may be shown any more. */
  forget(camera: string): void {
    for (const viewer of this.#viewers) viewer.forget(camera);
    this.tell({ kind: 'forget', camera });
  }

  #show(camera: string, sequence: number, jpeg: Buffer): void {
    // It may have changed while the picture was made.
    if (jpeg !== NO_PICTURE && !this.#options.hasPictures(camera)) return;
    const report = this.#options.memory.reportOf(camera, sequence);
    if (report === undefined) return;
    const message = pictureMessage(headOf(report), jpeg);
    for (const viewer of this.#viewers) viewer.picture(camera, message);
  }
}
