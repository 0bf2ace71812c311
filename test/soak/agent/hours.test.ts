// Cameras of four kinds, of which three are disturbed in turn with the broker, one each minute -> memory, descriptors,
// threads and latency stay as they are. CSPCAM_SOAK_MINUTES says for how long, CSPCAM_SOAK_DISTURB_SECONDS how often in
// place of each minute, and CSPCAM_SOAK_FOLDER where samples and report go; without the first this is left out.

import { execFile } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { writeWhole } from '#common/write-file.js';
import { CLIP } from '../../../agent/bench/picture.js';
import { unitMemory } from '../../../scripts/bench/memory/unit-memory.js';
import { startDaemon } from '../../support/daemon.js';
import { HttpCamera } from '../../support/http-camera.js';
import { h264, startRtspServer } from '../../support/rtsp-server.js';
import { reportDrawing, reportText, STEADY, verdictsOf } from '../../support/soak-report.js';
import { type Sample, takeSample } from '../../support/soak-samples.js';

const MINUTES = Number(process.env['CSPCAM_SOAK_MINUTES'] ?? 0);
const DISTURB_SECONDS = Number(process.env['CSPCAM_SOAK_DISTURB_SECONDS'] ?? 60);
const SAMPLE_SECONDS = 10;
/** Heaps, caches and the pools of native code have their size by then: the last of them fill for most of an hour. */
const WARM_UP_MINUTES = Math.min(60, MINUTES / 2);
const REPORT_EVERY = 30;

test.skipIf(MINUTES === 0)(
  `${MINUTES} minutes`,
  async () => {
    const folder = process.env['CSPCAM_SOAK_FOLDER'] ?? (await mkdtemp(join(tmpdir(), 'soak-')));
    await mkdir(folder, { recursive: true });
    Object.assign(process.env, unitMemory);
    const rtsp = await startRtspServer({ '/ball': h264('ball').replaceAll('25/1', '10/1') });
    const http = await startMjpegCamera();
    const daemon = await startDaemon(
      {
        rtsp: { source: rtsp.url('/ball'), maxFps: 2 },
        clip: { source: CLIP, loop: true, maxFps: 2 },
        http: { source: http.url('/video.mjpg'), maxFps: 2 },
        [STEADY]: { source: 'test:ball?width=640&height=360&fps=10', maxFps: 2 },
      },
      { model: undefined, log: { level: 'warn' }, stats: { intervalSeconds: 5 } },
    );
    const cut = [
      () => rtsp.restart(),
      async () => process.kill(await daemon.capturePid('clip'), 'SIGKILL'),
      async () => http.cut(),
      () => daemon.broker.restart(),
    ];
    const samples: Sample[] = [];
    const startedMs = performance.now();
    const at = (name: string) => join(folder, name);
    const stretchMinutes = Math.max(1, (cut.length * DISTURB_SECONDS) / 60);
    const verdicts = () => verdictsOf(samples, WARM_UP_MINUTES, stretchMinutes);
    const report = async () => {
      await writeWhole(at('report.md'), reportText(samples, verdicts()));
      await writeWhole(at('samples.svg'), reportDrawing(samples));
    };
    try {
      for (let second = 1; second <= MINUTES * 60; second++) {
        await wait(startedMs + second * 1000 - performance.now());
        if (second % DISTURB_SECONDS === 0) await cut[(second / DISTURB_SECONDS) % cut.length]!();
        if (second % SAMPLE_SECONDS > 0) continue;
        const sample = await takeSample(daemon, startedMs);
        samples.push(sample);
        await appendFile(at('samples.jsonl'), `${JSON.stringify(sample)}\n`);
        if (samples.length % REPORT_EVERY === 0) await report();
      }
      await report();
      console.log(reportText(samples, verdicts()));
      const looked = samples.at(-1)!.inferred - samples[samples.length >> 1]!.inferred;
      expect(looked, 'frames looked at in the second half').toBeGreaterThan(0);
      expect(verdicts().filter(({ grows }) => grows)).toEqual([]);
    } finally {
      await writeWhole(at('agent.log'), daemon.agent.err);
      await daemon.close();
      await http.close();
      await rtsp.close();
    }
  },
  (MINUTES + 5) * 60_000,
);

/** The clip as JPEGs, five a second, to each client for ever. */
async function startMjpegCamera(): Promise<HttpCamera> {
  const folder = await mkdtemp(join(tmpdir(), 'mjpeg-'));
  const pictures = ['-i', CLIP, '-vf', 'fps=5,scale=640:360', join(folder, '%03d.jpg')];
  await promisify(execFile)('ffmpeg', ['-v', 'error', ...pictures]);
  const files = (await readdir(folder)).toSorted();
  const jpegs = await Promise.all(files.map((file) => readFile(join(folder, file))));
  return HttpCamera.start((answer) => {
    answer.writeHead(200, { 'content-type': 'multipart/x-mixed-replace; boundary=picture' });
    let next = 0;
    const timer = setInterval(() => {
      const jpeg = jpegs[next++ % jpegs.length]!;
      answer.write(`--picture\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`);
      answer.write(jpeg);
      answer.write('\r\n');
    }, 200);
    answer.on('close', () => clearInterval(timer));
  });
}
