// What the agent sees, counts and measures -> its page. The one part of this room that the agent knows.

import { monotonicMs } from '#common/clock.js';
import { packageFile, version } from '#common/package.js';
import type { Part } from '#common/part.js';
import type { Frame } from '../../pipelines/frame.js';
import { encodeContent } from '../../pipelines/images.js';
import type { AskPicture } from '../analytics/full-size-picture.js';
import type { Picture } from '../analytics/picture.js';
import type { SceneListener, SceneMoment } from '../analytics/reports.js';
import type { SceneCounts, SceneEvent } from '../analytics/scene/events.js';
import type { Clip, ClipListener } from '../clips/camera-clips.js';
import type { OpenClip } from '../clips/clip-folder.js';
import { picturesOf } from '../config/pictures.js';
import type { Config } from '../config/schema.js';
import type { FrameResult } from '../inference/frame-path.js';
import type { Log } from '../telemetry/log.js';
import type { CameraState, FrameReport, ReportListener, StatsSnapshot } from '../telemetry/reports.js';
import { sceneRoutes } from './edit/scene-routes.js';
import { Audience } from './live/audience.js';
import { ClipRoute } from './live/clip-route.js';
import { Memory } from './live/memory.js';
import { NextFrame } from './live/next-frame.js';
import { cameraView, clipView, eventView, statsView } from './live/views.js';
import type { CameraView } from './protocol.js';
import { refusal } from './server/exchange.js';
import { PageServer } from './server/page-server.js';

export interface PageOptions {
  /** Read whenever it is needed. */
  readonly config: Config;
  /** Of the configuration; nothing where it comes from elsewhere, and nothing can be changed. */
  readonly file?: string | undefined;
  readonly bootId: string;
  readonly reload: () => Promise<string>;
  /** Pictures of the frames that are looked at, at the size of their source. */
  readonly askPicture: AskPicture;
  /** @returns nothing where no clip has this name (any more) */
  readonly openClip: (name: string) => Promise<OpenClip | undefined>;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

type Listener = SceneListener & ReportListener & ClipListener;

/** Pixels; more is not seen beside other cameras. */
const LARGEST_WIDTH = 960;
const QUALITY = 75;

export class Page implements Listener {
  readonly #options: PageOptions;
  readonly #memory = new Memory();
  readonly #nextFrame = new NextFrame((frame) => this.#encode(frame));
  readonly #clipRoute = new ClipRoute({
    open: (name) => this.#options.openClip(name),
    mayBeShown: (camera) => this.#mayShowClips(camera),
  });
  #audience: Audience | undefined;
  #forgotten = new Map<string, object>();

  constructor(options: PageOptions) {
    this.#options = options;
  }

  /** @returns a listener that tells the other one first, and then this one */
  beside(other: Listener): Listener {
    const tellBoth =
      <Told extends unknown[]>(tell: (one: Listener, ...told: Told) => void) =>
      (...told: Told) => {
        tell(other, ...told);
        tell(this, ...told);
      };
    return {
      events: tellBoth((one, ...told) => one.events(...told)),
      counts: tellBoth((one, ...told) => one.counts(...told)),
      picture: tellBoth((one, ...told) => one.picture(...told)),
      clip: tellBoth((one, ...told) => one.clip(...told)),
      detections: tellBoth((one, ...told) => one.detections(...told)),
      status: tellBoth((one, ...told) => one.status(...told)),
      stats: tellBoth((one, ...told) => one.stats(...told)),
      health: tellBoth((one, ...told) => one.health(...told)),
    };
  }

  /** @param result its pixels are valid during the call only */
  update({ frame }: FrameResult): void {
    this.#nextFrame.update(frame);
  }

  detections(report: FrameReport): void {
    if (!this.#audience?.hasViewers) return;
    this.#memory.addReport(report);
    this.#audience.found(report.frame.source, report.frame.sequence);
  }

  status(state: CameraState): void {
    this.#memory.states.set(state.camera, { state, toldMs: monotonicMs() });
    this.#audience?.changed();
  }

  counts(camera: string, counts: SceneCounts): void {
    if (this.#memory.counts.get(camera) === counts) return;
    this.#memory.counts.set(camera, counts);
    this.#audience?.changed();
  }

  events(events: readonly SceneEvent[], moment: SceneMoment): void {
    const told = events
      .filter(({ kind, event }) => kind !== 'track' || event !== 'update')
      .map((event) => eventView(event, moment, this.#memory.nextEventId()));
    if (told.length === 0) return;
    this.#memory.addEvents(told);
    this.#audience?.tell({ kind: 'events', events: told });
  }

  picture(camera: string, picture: Picture): void {
    const { object } = picture;
    if (this.#audience === undefined || object === undefined) return;
    this.#memory.addPicture(camera, object.trackId, picture);
    this.#audience.tell({ kind: 'object-picture', trackId: object.trackId });
  }

  clip(clip: Clip): void {
    if (!this.#mayShowClips(clip.camera)) return;
    const view = clipView(clip);
    this.#memory.addClip(view);
    this.#audience?.tell({ kind: 'clip', clip: view });
  }

  stats(snapshot: StatsSnapshot): void {
    const stats = statsView(snapshot, Date.now());
    this.#memory.addStats(stats);
    this.#audience?.tell({ kind: 'stats', stats });
  }

  health(): void {}

  /** The camera is gone, or is opened with other masks: what was taken of it until now is shown no more. */
  forget(camera: string): void {
    this.#forgotten.set(camera, {});
    this.#memory.forgetPictures(camera);
    this.#clipRoute.forget(camera);
    this.#audience?.forget(camera);
  }

  /** The configuration is another one. */
  adopt(): void {
    this.#memory.keepOnly(new Set(Object.keys(this.#options.config.cameras)));
    this.#audience?.follow();
    this.#audience?.changed();
  }

  /** Nothing where the configuration wants none. */
  serverOf({ page }: Config): Part | undefined {
    if (page === undefined) return undefined;
    const { log, file, reload } = this.#options;
    const audience = this.#audienceOf(page);
    const server = new PageServer({
      ...page,
      key: 'page',
      folder: packageFile('dist/agent/page/browser'),
      routes: [
        {
          method: 'GET',
          path: '/api/object.jpg',
          answer: ({ query }) => this.#objectPicture(query.get('boot'), Number(query.get('id'))),
        },
        this.#clipRoute,
        ...sceneRoutes({ file, canWrite: page.edit, reload }),
      ],
      onViewer: (socket) => audience.join(socket),
      nowMs: monotonicMs,
      onError: (error) => log.warn({ err: error }, 'a request of the page failed'),
      onFailure: ({ message }, retryInMs) => log.warn({ retryInMs }, message),
      onListening: (address) => log.info({ ...address }, 'page'),
    });
    return {
      start: async (signal) => {
        this.#audience = audience;
        audience.start();
        await server.start(signal);
      },
      stop: async () => {
        if (this.#audience === audience) this.#audience = undefined;
        audience.stop();
        await server.stop();
      },
    };
  }

  #audienceOf(page: NonNullable<Config['page']>): Audience {
    return new Audience({
      memory: this.#memory,
      picturesPerSecond: page.picturesPerSecond,
      hasPictures: (camera) => this.#hasPictures(camera),
      nowMs: monotonicMs,
      take: async (camera, signal) => {
        const forgotten = this.#forgotten.get(camera);
        const picture = await this.#nextFrame.of(camera, signal);
        if (this.#forgotten.get(camera) !== forgotten) throw new Error('taken before it was forgotten');
        return picture;
      },
      cameras: () => ({ kind: 'cameras', cameras: this.#cameras() }),
      hello: () => ({
        kind: 'hello',
        device: this.#options.config.device,
        version,
        bootId: this.#options.bootId,
        canEdit: page.edit && this.#options.file !== undefined,
        hasScenes: this.#options.file !== undefined,
        cameras: this.#cameras(),
        events: this.#memory.events,
        clips: this.#memory.clips,
        stats: this.#memory.stats,
      }),
    });
  }

  /** As sharp as it is shown; as the detector saw it where the camera has no other picture of the frame any more. */
  async #encode(frame: Frame): Promise<Buffer> {
    const { source, sequence } = frame;
    const parts = [{ quality: QUALITY, maxWidth: LARGEST_WIDTH }];
    const picture = await this.#options.askPicture(source, { sequence, parts }).catch(() => undefined);
    return picture?.jpegs[0] ?? encodeContent(frame, LARGEST_WIDTH, QUALITY);
  }

  #hasPictures(camera: string): boolean {
    const { config } = this.#options;
    return Object.hasOwn(config.cameras, camera) && picturesOf(config, camera).send !== 'none';
  }

  /** One of before has what a mask hides by now. */
  #mayShowClips(camera: string): boolean {
    return this.#hasPictures(camera) && this.#options.config.cameras[camera]!.masks.privacy.length === 0;
  }

  #objectPicture(bootId: string | null, trackId: number) {
    const jpeg = bootId === this.#options.bootId ? this.#memory.pictureOf(trackId) : undefined;
    return jpeg === undefined
      ? refusal(404, 'expected an object with a picture')
      : { type: 'image/jpeg', body: jpeg };
  }

  #cameras(): CameraView[] {
    const { config } = this.#options;
    const { states, counts } = this.#memory;
    return Object.keys(config.cameras).map((id) => {
      const told = states.get(id);
      const toldAgoMs = told === undefined ? 0 : monotonicMs() - told.toldMs;
      return cameraView(config, id, told?.state, toldAgoMs, counts.get(id));
    });
  }
}
