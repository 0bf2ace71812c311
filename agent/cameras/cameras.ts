// Configuration -> the cameras of the daemon, opened and closed while it runs, and one stream of their newest frames.

import { expected } from '#common/errors.js';
import type { Part } from '#common/part.js';
import { Camera } from '../../pipelines/capture/camera.js';
import type { CameraOptions, CameraStatus, PacketListener } from '../../pipelines/capture/camera-options.js';
import type { CapturedPicture, WantedPicture } from '../../pipelines/capture/picture-answers.js';
import type { CaptureRequest } from '../../pipelines/capture/requests.js';
import type { Frame, InputSize, Rect, Size, WindowFrame } from '../../pipelines/frame.js';
import { FramePool } from '../../pipelines/frame-pool.js';
import type { PreferredElements } from '../../pipelines/launch-options.js';
import { NewestFrames } from '../../pipelines/newest.js';
import type { Config } from '../config/schema.js';
import { captureSettings } from './capture-settings.js';
import { FrameRateLimit } from './frame-rate-limit.js';
import { MainStream, type MainStreamState } from './main-stream.js';
import { isSameShape } from './same-shape.js';

export interface CamerasOptions {
  /** Read anew with each opening, and by `adopt()`. */
  readonly cameras: Config['cameras'];
  /** Which cameras are opened at the start; default those that the configuration does not switch off. */
  readonly isEnabled?: (camera: string) => boolean;
  readonly inputSize: InputSize;
  readonly pool: FramePool;
  /** Elements of GStreamer that suit the device. */
  readonly prefer?: PreferredElements;
  readonly onStatus: (camera: string, status: CameraStatus) => void;
  /** Whether windows of a camera may be asked for, read with each opening; default none. */
  readonly looksTwice?: (camera: string) => boolean;
  /** Gets the windows that `look()` asks for, and gives their pixels back to the pool. */
  readonly onWindow?: (window: WindowFrame) => void;
  /** Told of each frame that `maxFps` passes over. */
  readonly onLimited?: (camera: string) => void;
  /** Told after each picture of a main stream, and each that was not to be had. */
  readonly onMainStream?: (camera: string, state: MainStreamState) => void;
  /** Who keeps clips of a camera, of the stream that is looked at; read anew with each opening. */
  readonly packets?: (camera: string) => PacketListener | undefined;
  /** Starts a capture; by default a process with a GStreamer pipeline. */
  readonly capture?: CameraOptions['capture'];
}

/** One camera of the configuration. Each opening has a `Camera` of its own, as a closed one stays closed. */
interface Lane {
  limit: { readonly maxFps: number; readonly rate: FrameRateLimit } | undefined;
  /** Where it is looked at by a smaller stream. */
  main: MainStream | undefined;
  camera: Camera | undefined;
  restartsBefore: number;
  /** Its recording has come to its end since it was opened. */
  hasEnded: boolean;
  /** Of the frames that are looked at. */
  lookedSize: Size | undefined;
  /** The main stream has shown another view, or may have: its masks would be elsewhere. */
  isUnsure: boolean;
}

export class Cameras implements Part {
  readonly #options: CamerasOptions;
  readonly #lanes: Map<string, Lane>;
  readonly #newest: NewestFrames;
  #stopping: Promise<void> | undefined;
  #areOver = false;

  constructor(options: CamerasOptions) {
    const { cameras, pool } = options;
    this.#options = options;
    this.#lanes = new Map(Object.keys(cameras).map((id) => [id, this.#makeLane(id)]));
    this.#newest = new NewestFrames([...this.#lanes.keys()], (pixels) => pool.release(pixels));
  }

  /** Opens those that are not switched off; their captures start in the background. */
  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    for (const id of this.#lanes.keys()) if (this.#isEnabled(id)) this.open(id);
  }

  /** The newest frame of each camera, fairly; ends when every source has ended or the signal aborts. Call once. */
  frames(signal: AbortSignal): AsyncIterable<Frame> {
    return this.#newest.frames(signal);
  }

  /**
   * Goes by what the configuration says now: those that it no longer has are closed and forgotten, new ones are opened.
   * Nothing is done to any other camera. No process of another size or source is left when it resolves.
   *
   * @param opened those whose capture has to know what has changed: they are closed and opened anew
   */
  async adopt(opened: readonly string[]): Promise<void> {
    const { cameras } = this.#options;
    const gone = [...this.#lanes.keys()].filter((id) => !Object.hasOwn(cameras, id));
    const added = Object.keys(cameras).filter((id) => !this.#lanes.has(id));
    for (const id of added) {
      this.#lanes.set(id, this.#makeLane(id));
      this.#newest.add(id);
    }
    for (const [id, lane] of this.#lanes) this.#limit(lane, cameras[id]?.maxFps);
    await Promise.all([
      ...gone.map((id) => this.#forget(id)),
      ...opened.map((id) => this.#openAnew(id)),
      ...Object.keys(cameras).map(async (id) => {
        if (!this.#isEnabled(id)) {
          await this.close(id);
          // A request may have switched it on meanwhile.
          if (this.#isEnabled(id)) this.open(id);
        } else if (!opened.includes(id)) this.open(id);
      }),
    ]);
    this.#endIfAllHave();
  }

  /** Whether the frames have ended by themselves, as every source came to its end. */
  get areOver(): boolean {
    return this.#areOver;
  }

  isOpen(id: string): boolean {
    return this.#lanes.get(id)?.camera !== undefined;
  }

  /** Nothing happens where it is open, or there is none, or all have been stopped. */
  open(id: string): void {
    const lane = Object.hasOwn(this.#options.cameras, id) ? this.#lanes.get(id) : undefined;
    if (lane === undefined || lane.camera !== undefined || this.#stopping !== undefined) return;
    lane.hasEnded = false;
    lane.isUnsure = false;
    lane.main?.forgetFailures();
    lane.camera = this.#make(id, lane);
    lane.camera.start();
  }

  /** No process of it is left when it resolves; a frame that it has given is still handed over. */
  async close(id: string): Promise<void> {
    const lane = this.#lanes.get(id);
    const camera = lane?.camera;
    if (lane === undefined || camera === undefined) return;
    // It may be opened again, as any that is closed: the others' end is not that of all.
    lane.hasEnded = false;
    await Promise.all([camera.close(), lane.main?.close()]);
    // While it was closing somebody may have wanted another picture.
    await lane.main?.close();
    // Whoever closed it at the same time may have been first.
    if (lane.camera !== camera) return;
    lane.restartsBefore += camera.restarts;
    lane.camera = undefined;
  }

  /**
   * A full picture of now, of a camera that is looked at by a smaller stream. Only while that runs: both have one login,
   * and whoever was refused once is not to try it twice.
   *
   * Masks are parts of the picture that is looked at: of another shape a picture may show another view, and is refused.
   *
   * @throws CspcamError where there is none
   */
  async fullPicture(id: string): Promise<Frame> {
    const lane = this.#lanes.get(id);
    if (lane === undefined) throw expected('a camera', 'a full picture', id);
    const { main, camera } = lane;
    const unsure = `the main stream of ${id}, which has privacy masks`;
    if (lane.isUnsure) throw expected('the shape of what is looked at', unsure, 'another');
    if (main === undefined || camera?.status.state !== 'running' || this.#stopping !== undefined)
      throw expected('a camera that is running, with detect', 'a full picture', id);
    const frame = await main.picture();
    const { privacy } = this.#options.cameras[id]!.masks;
    const { lookedSize } = lane;
    lane.isUnsure =
      privacy.length > 0 && (lookedSize === undefined || !isSameShape(frame.sourceSize, lookedSize));
    if (lane.isUnsure) throw expected('the shape of what is looked at', unsure, 'another');
    return frame;
  }

  /**
   * JPEGs of a frame that was looked at, at the size of its source.
   *
   * @returns nothing where the camera has no such picture, or no more
   */
  async picture(id: string, wanted: WantedPicture): Promise<CapturedPicture | undefined> {
    return this.#lanes.get(id)?.camera?.picture(wanted);
  }

  /** Asks for unscaled parts of one of the next frames; nothing comes of a camera without second looks. */
  look(id: string, windows: readonly Rect[]): void {
    const lane = this.#lanes.get(id);
    lane?.camera?.look(windows, lane.limit?.rate.dueMs);
  }

  /** Whether a frame of any camera waits to be taken, and how many newer ones have taken the place of. */
  get queue(): { readonly isWaiting: boolean; readonly replaced: number } {
    return this.#newest;
  }

  /** Of the stream that is looked at. @returns whether there is a capture that may answer */
  ask(id: string, request: CaptureRequest): boolean {
    return this.#lanes.get(id)?.camera?.ask(request) ?? false;
  }

  /** How often its captures were started again after a failure, over all openings. */
  restarts(id: string): number {
    const lane = this.#lanes.get(id);
    return (lane?.restartsBefore ?? 0) + (lane?.camera?.restarts ?? 0);
  }

  /** Closes all for good: no capture process is left when it resolves. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#newest.end();
    await Promise.all([...this.#lanes.keys()].map((id) => this.close(id)));
  }

  #isEnabled(id: string): boolean {
    const { cameras, isEnabled = (one) => cameras[one]!.enabled } = this.#options;
    return isEnabled(id);
  }

  #makeLane(id: string): Lane {
    const { maxFps, detect } = this.#options.cameras[id]!;
    const main = detect === undefined ? undefined : this.#makeMain(id);
    const lane: Lane = {
      limit: undefined,
      main,
      camera: undefined,
      restartsBefore: 0,
      hasEnded: false,
      lookedSize: undefined,
      isUnsure: false,
    };
    this.#limit(lane, maxFps);
    return lane;
  }

  /** The same limit counts on. */
  #limit(lane: Lane, maxFps: number | undefined): void {
    if (lane.limit?.maxFps === maxFps) return;
    lane.limit = maxFps === undefined ? undefined : { maxFps, rate: new FrameRateLimit(maxFps) };
  }

  async #openAnew(id: string): Promise<void> {
    const lane = this.#lanes.get(id)!;
    const closed = this.close(id);
    // A frame of the picture as it was does not fit what comes.
    this.#newest.drop(id);
    await closed;
    lane.main = this.#options.cameras[id]!.detect === undefined ? undefined : this.#makeMain(id);
    lane.lookedSize = undefined;
    if (this.#isEnabled(id)) this.open(id);
  }

  async #forget(id: string): Promise<void> {
    const closed = this.close(id);
    this.#newest.remove(id);
    await closed;
    this.#lanes.delete(id);
  }

  #make(id: string, lane: Lane): Camera {
    const { cameras, inputSize, pool, looksTwice = () => false, onWindow } = this.#options;
    const { source, detect = source, loop, motion } = cameras[id]!;
    return new Camera({
      ...this.#common(id),
      id,
      uri: detect,
      inputSize,
      pool,
      keepPictures: true,
      loop,
      packets: this.#options.packets?.(id),
      motion: motion.enabled
        ? { lookEveryMs: motion.lookEverySeconds * 1000, keepLookingMs: motion.keepLookingSeconds * 1000 }
        : undefined,
      onFrame: (frame) => {
        lane.lookedSize = frame.sourceSize;
        if (lane.limit?.rate.passes(frame.capturedMonotonicMs) ?? true) this.#newest.put(frame);
        else {
          pool.release(frame.pixels);
          this.#options.onLimited?.(id);
        }
      },
      onWindow: looksTwice(id) ? onWindow : undefined,
      onStatus: (status) => {
        this.#options.onStatus(id, status);
        if (status.state === 'ended') this.#onRecordingEnd(lane);
      },
    });
  }

  #makeMain(id: string): MainStream {
    const { source } = this.#options.cameras[id]!;
    return new MainStream({
      uri: source,
      // Pictures are few and large: their buffers are not kept.
      make: (opening) =>
        new Camera({
          ...this.#common(id),
          id: `${id}, main stream`,
          uri: source,
          pool: new FramePool(0),
          ...opening,
        }),
      onState: (state) => this.#options.onMainStream?.(id, state),
    });
  }

  /** What the configuration says of a camera, for both of its streams. */
  #common(id: string) {
    const { cameras, prefer, capture } = this.#options;
    return {
      ...captureSettings(cameras[id]!),
      ...(prefer && { prefer }),
      ...(capture && { capture }),
    };
  }

  #onRecordingEnd(lane: Lane): void {
    lane.hasEnded = true;
    this.#endIfAllHave();
  }

  #endIfAllHave(): void {
    if (![...this.#lanes.values()].every(({ hasEnded }) => hasEnded)) return;
    this.#areOver = true;
    this.#newest.end();
  }
}
