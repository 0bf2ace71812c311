// A camera that names its segments in a playlist (HLS) -> their bytes, as fast as they were recorded, on a descriptor for
// GStreamer: all from the one host of the address.

import { setTimeout as wait } from 'node:timers/promises';
import { type SocketPair, socketDescriptor, socketPair } from '../capture/socket-pair.js';
import { CaptureError, type FailureReport } from '../failure.js';
import type { LargestPicture } from '../picture-size.js';
import { type NetworkCamera, portOf } from './address.js';
import { failed } from './camera-socket.js';
import { type Playlist, readPlaylist, type Segment, type Variant } from './hls-playlist.js';
import { get } from './http-relay.js';
import { redirected } from './redirect.js';

export interface HlsOptions {
  readonly largest: LargestPicture;
  /** A live stream that has ended is not played: it would be taken for what happens now. */
  readonly onlyLive: boolean;
}

/** With the address at which it was found. */
type MediaPlaylist = Playlist & { kind: 'media' } & Found;

interface Found {
  readonly location: string;
}

const MOST_PLAYLIST_BYTES = 1 << 20;
const MOST_SEGMENT_BYTES = 1 << 26;
const BODY_TIMEOUT_MS = 20_000;
/** From the end of what there is, as RFC 8216 has it (6.3.3): later ones may not be there in time. */
const SEGMENTS_BEHIND = 3;
/** Without a new segment, in target durations. */
const STALLED_TARGETS = 4;
const LEAST_STALLED_MS = 8000;
/** Between looks at a playlist whose first new segment the first picture waits for. */
const LONGEST_LOOK_MS = 1000;
/** Of pieces that are written: pictures come as evenly as these do. */
const PIECES_PER_SECOND = 20;

export class HlsRelay {
  readonly content = 'video';
  readonly #camera: NetworkCamera;
  readonly #ends: SocketPair;
  readonly #closing = new AbortController();
  readonly #onCameraClosed: () => void;
  #failure: FailureReport | undefined;
  #lastMap: string | undefined;
  /** When the next segment is due. */
  #dueMs = 0;

  private constructor(camera: NetworkCamera, ends: SocketPair, onCameraClosed: () => void) {
    this.#camera = camera;
    this.#ends = ends;
    this.#onCameraClosed = onCameraClosed;
    ends.ours.on('error', () => this.close());
  }

  /** @throws CaptureError that says why there is nothing that can be played */
  static async open(
    camera: NetworkCamera,
    { largest, onlyLive }: HlsOptions,
    onCameraClosed: () => void = () => {},
  ): Promise<HlsRelay> {
    let { location } = camera;
    let read = await playlistAt(camera, location);
    if (read.playlist.kind === 'master') {
      location = redirected(read.location, best(read.playlist.variants, largest).uri, camera.host);
      read = await playlistAt(camera, location);
    }
    const { playlist } = read;
    if (playlist.kind === 'master') throw failed('decode', 'a playlist of playlists of playlists');
    const relay = new HlsRelay(camera, await socketPair(() => {}), onCameraClosed);
    void relay.#play(location, { ...playlist, location: read.location }, onlyLive);
    return relay;
  }

  /** For `fdsrc`. */
  get descriptor(): number {
    return socketDescriptor(this.#ends.theirs);
  }

  /** Why the camera's side ended, where it did before its time. */
  get failure(): FailureReport | undefined {
    return this.#failure;
  }

  close(): void {
    this.#closing.abort();
    this.#ends.ours.destroy();
    this.#ends.theirs.destroy();
  }

  async #play(location: string, first: MediaPlaylist, onlyLive: boolean): Promise<void> {
    try {
      const playlist = await this.#untilLiving(location, first);
      if (onlyLive && playlist.isWhole && !playlist.isRecording)
        throw failed('ended', 'the playlist says that its stream has ended');
      await this.#follow(location, playlist);
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      this.#failure =
        error instanceof CaptureError ? error.report : failed('unreachable', String(error)).report;
    }
    this.#ends.ours.end();
    this.#onCameraClosed();
  }

  /**
   * What a playlist names at first may be of any age, where its recorder has died and its files are still served: one that
   * lives adds to it.
   *
   * @returns a playlist that has just got a new segment, or a whole one
   */
  async #untilLiving(location: string, first: MediaPlaylist): Promise<MediaPlaylist> {
    const beginMs = performance.now();
    for (let playlist = first; ; playlist = await this.#reloaded(location)) {
      if (playlist.isWhole || endOf(playlist) !== endOf(first)) return playlist;
      expectMoving(first, performance.now() - beginMs);
      await this.#wait(Math.min(LONGEST_LOOK_MS, 500 * first.targetSeconds));
    }
  }

  async #follow(location: string, first: MediaPlaylist): Promise<void> {
    let playlist = first;
    let next =
      playlist.first + (playlist.isWhole ? 0 : Math.max(0, playlist.segments.length - SEGMENTS_BEHIND));
    let newestMs = performance.now();
    this.#dueMs = newestMs;
    for (;;) {
      const end = endOf(playlist);
      // What is no longer there is left out; one that counts anew is begun anew.
      if (next < playlist.first || next > end) next = Math.max(playlist.first, end - SEGMENTS_BEHIND);
      const isNew = next < end;
      for (; next < end; next++)
        await this.#send(playlist.location, playlist.segments[next - playlist.first]!);
      if (playlist.isWhole) return;
      if (isNew) newestMs = performance.now();
      expectMoving(playlist, performance.now() - newestMs);
      if (!isNew) await this.#wait(500 * playlist.targetSeconds);
      playlist = await this.#reloaded(location);
    }
  }

  async #reloaded(location: string): Promise<MediaPlaylist> {
    const { playlist, location: found } = await playlistAt(this.#camera, location);
    if (playlist.kind === 'master') throw failed('decode', 'a playlist that names playlists all at once');
    return { ...playlist, location: found };
  }

  #wait(ms: number): Promise<void> {
    return wait(ms, undefined, { signal: this.#closing.signal });
  }

  async #send(playlist: string, { uri, seconds, map, isGap }: Segment): Promise<void> {
    if (isGap) return;
    if (map !== undefined && map !== this.#lastMap) await this.#write(await this.#bytes(playlist, map));
    this.#lastMap = map;
    const bytes = await this.#bytes(playlist, uri);
    const beginMs = Math.max(this.#dueMs, performance.now() - 1000 * seconds);
    this.#dueMs = beginMs + 1000 * seconds;
    const pieces = Math.max(1, Math.ceil(seconds * PIECES_PER_SECOND));
    const pieceBytes = Math.ceil(bytes.length / pieces);
    for (let piece = 0; piece < pieces; piece++) {
      const earlyMs = beginMs + (1000 * seconds * piece) / pieces - performance.now();
      if (earlyMs > 0) await this.#wait(earlyMs);
      await this.#write(bytes.subarray(piece * pieceBytes, (piece + 1) * pieceBytes));
    }
  }

  async #bytes(playlist: string, uri: string): Promise<Buffer> {
    this.#closing.signal.throwIfAborted();
    const location = redirected(playlist, uri, this.#camera.host);
    return (await bodyAt(this.#camera, location, MOST_SEGMENT_BYTES)).bytes;
  }

  /** Waits for GStreamer to have read most of it. */
  async #write(bytes: Buffer): Promise<void> {
    const { ours } = this.#ends;
    await new Promise<void>((resolve, reject) =>
      ours.write(bytes, (error) => (error ? reject(error) : resolve())),
    );
  }
}

/** Number of the segment that comes next. */
function endOf({ first, segments }: MediaPlaylist): number {
  return first + segments.length;
}

/** @param silentMs since its last new segment @throws CaptureError where that is too long for one that lives */
function expectMoving({ targetSeconds }: MediaPlaylist, silentMs: number): void {
  const mostMs = Math.max(LEAST_STALLED_MS, STALLED_TARGETS * 1000 * targetSeconds);
  if (silentMs > mostMs)
    throw failed('stalled', `no new segment in the playlist for ${Math.round(mostMs / 1000)} s`);
}

/** The finest that is taken. */
function best(variants: readonly Variant[], { long, short }: LargestPicture): Variant {
  const fits = ({ size }: Variant) =>
    size === undefined ||
    (Math.max(size.width, size.height) <= long && Math.min(size.width, size.height) <= short);
  const [found] = variants.filter(fits).sort((a, b) => b.bandwidth - a.bandwidth);
  if (found === undefined) throw failed('decode', 'a playlist without a variant that may be taken');
  return found;
}

async function playlistAt(
  camera: NetworkCamera,
  at: string,
): Promise<Found & { readonly playlist: Playlist }> {
  const { bytes, location } = await bodyAt(camera, at, MOST_PLAYLIST_BYTES);
  return { playlist: readPlaylist(bytes.toString('utf8')), location };
}

/** Within the host, and logged in as the camera wants it. */
async function bodyAt(
  camera: NetworkCamera,
  at: string,
  most: number,
): Promise<Found & { readonly bytes: Buffer }> {
  const { answer, location } = await get({ ...camera, location: at, port: portOf(at) });
  const timer = setTimeout(
    () => answer.destroy(new Error(`no end within ${BODY_TIMEOUT_MS / 1000} s`)),
    BODY_TIMEOUT_MS,
  );
  try {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > most) throw failed('decode', `more than ${most} bytes at ${new URL(location).pathname}`);
      chunks.push(chunk);
    }
    return { bytes: Buffer.concat(chunks), location };
  } catch (error) {
    throw error instanceof CaptureError ? error : failed('unreachable', (error as Error).message);
  } finally {
    clearTimeout(timer);
    answer.destroy();
  }
}
