// Events and packets of all cameras -> clips in one folder, and word of each. The room's only part.

import { join } from 'node:path';
import { type Clock, systemClock } from '#common/clock.js';
import type { Part } from '#common/part.js';
import type { CameraStatus, PacketListener } from '../../pipelines/capture/camera-options.js';
import type { CaptureRequest } from '../../pipelines/capture/requests.js';
import type { SceneEvent } from '../analytics/scene/events.js';
import { clipsOf } from '../config/clips.js';
import type { Config } from '../config/schema.js';
import type { Log } from '../telemetry/log.js';
import type { ClipsHealth } from '../telemetry/reports.js';
import { CameraClips, type Clip } from './camera-clips.js';
import { ClipFolder, type OpenClip } from './clip-folder.js';
import type { Backlog } from './recording.js';

export interface ClipsOptions {
  /** Read whenever it is needed: a reload puts another one there. */
  readonly config: Config;
  /** Where clips are, of a configuration. */
  readonly folderOf: (config: Config) => string;
  /** @returns whether the camera has a capture that may answer */
  readonly ask: (camera: string, request: CaptureRequest) => boolean;
  readonly onClip: (clip: Clip) => void;
  /** `health` says something else than before. */
  readonly onHealth: () => void;
  readonly log: Pick<Log, 'error' | 'info' | 'warn'>;
  readonly clock?: Clock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export class Clips implements Part {
  readonly #options: ClipsOptions;
  readonly #cameras = new Map<string, CameraClips>();
  readonly #backlog: Backlog = { bytes: 0 };
  #folder: ClipFolder;

  constructor(options: ClipsOptions) {
    this.#options = options;
    this.#folder = this.#makeFolder();
  }

  /** A folder that cannot be had is no reason not to look. */
  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#isWanted) await this.#folder.start();
  }

  /** What is being written is ended, told of, and kept. */
  async stop(): Promise<void> {
    await Promise.all([...this.#cameras.values()].map((camera) => camera.stop()));
  }

  /** Goes by what the configuration says now; clips that are being written end where they began. */
  async adopt(): Promise<void> {
    const { config, folderOf } = this.#options;
    for (const id of this.#cameras.keys())
      if (!Object.hasOwn(config.cameras, id)) {
        void this.#cameras.get(id)!.stop();
        this.#cameras.delete(id);
      }
    if (folderOf(config) !== this.#folder.folder) this.#folder = this.#makeFolder();
    if (!this.#isWanted) return;
    await this.#folder.start();
    await this.#folder.trim();
  }

  /** For the capture of a camera; nothing where it has no clips. */
  listenerOf(camera: string): PacketListener | undefined {
    return this.#cameraOf(camera).listener;
  }

  events(camera: string, events: readonly SceneEvent[]): void {
    this.#cameraOf(camera).events(events);
  }

  status(camera: string, { state }: CameraStatus): void {
    if (state === 'running') this.#cameraOf(camera).running();
  }

  /**
   * @param file its name, as it was told
   * @returns nothing where it is not kept (any more)
   * @throws the error of the disk
   */
  open(file: string): Promise<OpenClip | undefined> {
    return this.#folder.open(file);
  }

  /** Nothing where no camera has clips. */
  get health(): ClipsHealth | undefined {
    if (!this.#isWanted) return undefined;
    const { files, bytes, failure } = this.#folder.report;
    const state = failure === undefined ? 'working' : 'failing';
    return { state, files, bytes, ...(failure !== undefined && { message: failure.message }) };
  }

  get #isWanted(): boolean {
    const { config } = this.#options;
    return Object.keys(config.cameras).some((id) => clipsOf(config, id).enabled);
  }

  #cameraOf(camera: string): CameraClips {
    const known = this.#cameras.get(camera) ?? this.#makeCamera(camera);
    this.#cameras.set(camera, known);
    return known;
  }

  #makeCamera(camera: string): CameraClips {
    const { ask, onClip, log, clock = systemClock, now } = this.#options;
    return new CameraClips({
      camera,
      clips: () => clipsOf(this.#options.config, camera),
      folder: () => this.#folder,
      backlog: this.#backlog,
      ask: (request) => ask(camera, request),
      onClip,
      onNone: (message) => log.warn({ camera }, `no clips of this camera, which sends ${message}`),
      onError: (error) => log.warn({ err: error, camera }, 'a clip was cut short'),
      clock,
      now,
    });
  }

  #makeFolder(): ClipFolder {
    const { folderOf, log, onHealth } = this.#options;
    const folder = folderOf(this.#options.config);
    return new ClipFolder({
      folder,
      maximumBytes: () => this.#options.config.clips.maxMegabytes * 1e6,
      onDisk: (failure) => {
        if (failure === undefined) log.info({ folder }, 'clips are written again');
        else log.error({ err: failure, folder }, 'clips cannot be written; everything else goes on');
        onHealth();
      },
      onLeftOut: (name, error) =>
        log.warn({ err: error, file: join(folder, name) }, 'a clip cannot be read, and is left as it is'),
    });
  }
}
