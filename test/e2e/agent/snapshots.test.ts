// A clip whose frames say their number, and bright fields that come and go on it -> the picture of each object is of the
// source's size, and of the very frame that the messages name. CSPCAM_SNAPSHOTS says how many are looked at.

import { setTimeout as wait } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { type Clips, ffmpegExists, makeClips } from '../../support/clips.js';
import { startDaemon } from '../../support/daemon.js';
import { numbered, numberOnJpeg } from '../../support/numbered.js';

const SNAPSHOTS = Number(process.env['CSPCAM_SNAPSHOTS'] ?? 30);
const FRAME_MS = 40;
/** Three objects come and go in fifty. */
const FRAMES = 50 * Math.ceil(SNAPSHOTS / 3 + 4);

interface Seen {
  readonly frameSequence: string;
  readonly trackId: string;
  readonly sourceSize: string;
  readonly jpeg: Buffer;
}

async function clipIn(clips: Clips): Promise<string> {
  const encoder = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];
  const object = (x: number, y: number, when: string) =>
    `drawbox=x=iw*${x}:y=ih*${y}:w=96:h=96:c=white:t=fill:enable='lt(mod(n,50),${when})'`;
  const objects = [object(0.2, 0.5, '20'), object(0.7, 0.6, '30'), object(0.5, 0.8, '25')];
  return clips.make('numbered.mp4', numbered(FRAMES, objects), ...encoder);
}

test.skipIf(!ffmpegExists)(
  `${SNAPSHOTS} snapshots show the frame that the event and the picture name`,
  async () => {
    const clips = await makeClips();
    const daemon = await startDaemon(
      { door: { source: await clipIn(clips), loop: false } },
      { tracking: { keepSeconds: 0.5 } },
    );
    const client = await connectAsync(daemon.broker.url, { protocolVersion: 5 });
    const mediaTimes = new Map<number, number>();
    const named = new Map<number, number>();
    const snapshots: Seen[] = [];
    const crops: Seen[] = [];
    try {
      client.on('message', (topic, payload, { properties }) => {
        if (topic.endsWith('/detections')) {
          const { frame } = JSON.parse(String(payload));
          mediaTimes.set(frame.sequence, frame.mediaTimeMs);
        } else if (topic.endsWith('/events')) {
          const { event, track, snapshot } = JSON.parse(String(payload));
          if (event === 'track_end' && snapshot !== undefined) named.set(track.id, snapshot.sequence);
        } else {
          const told = properties!.userProperties as unknown as Omit<Seen, 'jpeg'>;
          (topic.endsWith('/crop') ? crops : snapshots).push({ ...told, jpeg: payload });
        }
      });
      const below = 'cspcam/porch/camera/door';
      await client.subscribeAsync(
        ['detections', 'events', 'snapshot', 'crop'].map((kind) => `${below}/${kind}`),
      );
      while (crops.length < SNAPSHOTS) await wait(50);
      const sizes = new Set<string>();
      const first = new Set<number>();
      let compared = 0;
      for (const { frameSequence, trackId, sourceSize, jpeg } of snapshots) {
        const sequence = Number(frameSequence);
        expect(named.get(Number(trackId))).toBe(sequence);
        const mediaTimeMs = mediaTimes.get(sequence);
        // That of the first frames came before somebody listened.
        if (mediaTimeMs === undefined) continue;
        compared += 1;
        // Times of a recording count from the first frame that was seen.
        first.add((await numberOnJpeg(jpeg)) - Math.round(mediaTimeMs / FRAME_MS));
        const { width, height } = await sharp(jpeg).metadata();
        sizes.add(`${width}x${height}`);
        expect(sourceSize).toBe('1920x1080');
      }
      console.log(`${compared} of ${snapshots.length} compared, of ${[...sizes].join(', ')}`);
      expect([...sizes]).toEqual(['1920x1080']);
      expect(first.size).toBe(1);
      expect(compared).toBeGreaterThan(SNAPSHOTS / 2);
      expect(crops.map(({ trackId }) => trackId)).toEqual(
        snapshots.slice(0, crops.length).map(({ trackId }) => trackId),
      );
      const { width = 0 } = await sharp(crops[0]!.jpeg).metadata();
      expect(width).toBeGreaterThan(10);
      expect(width).toBeLessThan(1000);
    } finally {
      await client.endAsync();
      await daemon.close();
      await clips.close();
    }
  },
  900_000,
);
