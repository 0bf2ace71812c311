// CSPCAM_SOAK_FRAMES frames through an engine -> its memory and the daemon's stay flat after warm-up. Without a number this
// is left out, and without OpenVINO the reference engine stands for it.

import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { median } from '../../../agent/bench/figures.js';
import { unitMemory } from '../../../scripts/bench/memory/unit-memory.js';
import { startDaemon } from '../../support/daemon.js';
import { buildOpenvino, enginesOf, openvinoHere, referenceAs } from '../../support/engines.js';
import { residentBytes } from '../../support/processes.js';

const FRAMES = Number(process.env['CSPCAM_SOAK_FRAMES'] ?? 0);
/** The heaps of both sides have their size by then. */
const WARM_UP_SHARE = 0.2;
const STRETCHES = 8;
const SAMPLE_MS = 500;
/** Of the smallest stretch's median. */
const FLAT = 1.02;
const SLOWEST_FRAME_MS = 100;

test.skipIf(FRAMES === 0)(
  `${FRAMES} frames through an engine`,
  async () => {
    const openvino = openvinoHere();
    const engines = openvino === undefined ? await referenceAs('openvino') : await buildOpenvino(openvino);
    const environment = { ...unitMemory, CSPCAM_ENGINES: engines };
    const daemon = await startDaemon(
      { ball: { source: 'test:ball?width=640&height=360&fps=200' } },
      { inference: { provider: 'openvino' } },
      [],
      environment,
    );
    try {
      const { subscriber, agent } = daemon;
      await subscriber.next(({ topic }) => topic.endsWith('/detections'), 120_000);
      const [engine] = await enginesOf(agent.child.pid!);
      const sides = { daemon: agent.child.pid!, engine: engine! };
      const samples: { readonly frames: number; readonly MB: Record<keyof typeof sides, number> }[] = [];
      const inferred = () =>
        subscriber.seen.findLast(({ topic }) => topic.endsWith('/stats'))?.payload.cameras.ball?.inferred ??
        0;
      while (inferred() < FRAMES) {
        await wait(SAMPLE_MS);
        expect(await enginesOf(agent.child.pid!), agent.err.slice(-2000)).toEqual([engine]);
        const [own, other] = await Promise.all([sides.daemon, sides.engine].map(residentBytes));
        samples.push({ frames: inferred(), MB: { daemon: own! / 1e6, engine: other! / 1e6 } });
      }
      for (const side of ['daemon', 'engine'] as const) {
        const medians = Array.from({ length: STRETCHES }, (_, i) => {
          const ofStretch = samples.filter(({ frames }) => stretchOf(frames) === i);
          expect(ofStretch.length, 'samples').toBeGreaterThan(5);
          return median(ofStretch.map(({ MB }) => MB[side]));
        });
        console.log(
          `${side}, MB after ${samples.at(-1)!.frames} frames: ${medians.map((MB) => MB.toFixed(1)).join(' ')}`,
        );
        expect(Math.max(...medians) / Math.min(...medians), side).toBeLessThan(FLAT);
      }
    } finally {
      await daemon.close();
    }
  },
  60_000 + FRAMES * SLOWEST_FRAME_MS,
);

/** Of the frames after warm-up; below 0 before. */
const stretchOf = (frames: number) =>
  Math.min(STRETCHES - 1, Math.floor(((frames / FRAMES - WARM_UP_SHARE) / (1 - WARM_UP_SHARE)) * STRETCHES));
