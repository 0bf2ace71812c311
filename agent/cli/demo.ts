// `cspcam demo`: a street clip -> the daemon -> an MQTT broker -> a subscriber that prints what arrives.

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import { CspcamError } from '#common/errors.js';
import { packageFile } from '#common/package.js';
import { annotate } from '../../pipelines/images.js';
import { overlaySvg } from '../analytics/detection-overlay.js';
import { FullResolutionReader } from '../cameras/full-resolution-reader.js';
import { chosenModel } from '../inference/bundled-models.js';
import type { FrameResult } from '../inference/frame-path.js';
import type { Body } from '../messaging/schemas.js';
import { AgentWithBroker } from './agent-with-broker.js';
import { actInOrder, newCommand } from './command.js';
import { countsText } from './detections-text.js';
import { modelOption } from './model-option.js';
import { wholeNumber } from './numbers.js';
import { expectPictureName } from './picture-name.js';
import { type PrecisionChoice, precisionOption } from './precision-option.js';
import { hasCrashed } from './process-end.js';

interface DemoOptions extends PrecisionChoice {
  readonly model?: string;
  readonly seconds: number;
  readonly out: string;
}

/** Attribution: README.md beside it. */
const CLIP = packageFile('agent/demo/street.mp4');
export function demoCommand(): Command {
  return newCommand('demo', {
    summary: 'play a street clip through the whole agent and print what arrives over MQTT',
    examples: ['cspcam demo', 'cspcam demo --model my-model --seconds 60'],
  })
    .addOption(modelOption())
    .addOption(precisionOption())
    .option('--seconds <count>', 'how long', wholeNumber, 20)
    .option('--out <file>', 'annotated picture to write', join(tmpdir(), 'cspcam-demo.jpg'))
    .action(actInOrder(demo, { endsBySignal: true }));
}

async function demo(options: DemoOptions, signal: AbortSignal): Promise<void> {
  expectPictureName(options.out, '--out');
  const model = await chosenModel(options.model);
  const best = new BestFrame();
  const counter = new Counter();
  // The broker is the demo's, so that its port may be any that is free.
  const agent = new AgentWithBroker({
    keys: {
      device: 'demo',
      inference: { precision: options.precision },
      cameras: { street: { source: `file:${CLIP}`, loop: true } },
      log: { level: 'warn' },
    },
    model,
    onResult: (result) => best.update(result),
    onListening: (url) => print(`playing ${CLIP} with ${model.description.name}; broker on ${url}`),
    filter: 'cspcam/#',
    onMessage: (topic, payload) => {
      const line = counter.line(topic, payload);
      if (line !== undefined) print(line);
    },
  });
  try {
    await agent.start(signal);
    const over = wait(options.seconds * 1000, undefined, { ref: false });
    await Promise.race([over, agent.ended(signal)]);
  } finally {
    await agent.stop();
  }
  if (hasCrashed() || (signal.aborted && counter.boxes === 0)) return;
  if (counter.boxes === 0) throw new CspcamError('expected detections over MQTT, received none');
  await best.write(options.out);
  print(
    `\n${counter.frames} frames with ${counter.boxes} boxes arrived over MQTT; the fullest frame: ${options.out}`,
  );
  print(
    '\nWith your own camera and broker:\n  npx cspcam config init cspcam.yaml      # then set mqtt.url and cameras in it',
  );
  print(
    "  npx cspcam run --config cspcam.yaml\n  mosquitto_sub -v -t 'cspcam/#' -T '+/+/camera/+/snapshot' -T '+/+/camera/+/crop'",
  );
}

/** Counts what arrives and gives lines for some of it, of detections and events one in a second. */
class Counter {
  readonly #shownMs = new Map<string, number>();
  frames = 0;
  boxes = 0;

  line(topic: string, payload: Buffer): string | undefined {
    if (topic.endsWith('/snapshot') || topic.endsWith('/crop'))
      return `${topic}  a picture of ${Math.ceil(payload.byteLength / 1000)} kB`;
    const message: unknown = JSON.parse(payload.toString());
    if (topic.endsWith('/detections')) {
      const { detections, frame } = message as Body<'detections'>;
      this.frames++;
      this.boxes += detections.length;
      const text = `${topic}  ${countsText(detections)}, ${frame.ageMs.toFixed(0)} ms after capture`;
      return this.#due(topic) ? text : undefined;
    }
    if (topic.endsWith('/status') || topic.endsWith('/state'))
      return `${topic}  ${(message as { state: string }).state}`;
    if (topic.endsWith('/events')) {
      const { event, track } = message as Body<'events'>;
      return this.#due(topic) ? `${topic}  ${event} ${track.label} ${track.id}` : undefined;
    }
    if (!topic.endsWith('/stats')) return undefined;
    const { cameras, latencyMs } = message as Body<'stats'>;
    const { inferredFps, droppedFps } = cameras['street'] ?? { inferredFps: 0, droppedFps: 0 };
    return `${topic}  ${inferredFps} frames/s, ${droppedFps} dropped/s, inference p50 ${latencyMs.inference?.p50 ?? '-'} ms`;
  }

  #due(topic: string): boolean {
    const now = performance.now();
    if (now - (this.#shownMs.get(topic) ?? Number.NEGATIVE_INFINITY) < 1000) return false;
    this.#shownMs.set(topic, now);
    return true;
  }
}

/** The frame with the most boxes. */
class BestFrame {
  #best: FrameResult | undefined;

  update({ frame, ...result }: FrameResult): void {
    if (result.sourceDetections.length <= (this.#best?.sourceDetections.length ?? 0)) return;
    this.#best = { ...result, frame: { ...frame, pixels: frame.pixels.slice(0) } };
  }

  async write(file: string): Promise<void> {
    const { frame, sourceDetections } = this.#best!;
    const reader = new FullResolutionReader(`file:${CLIP}`);
    try {
      await annotate(await reader.of(frame), overlaySvg(sourceDetections, frame.sourceSize), file);
    } finally {
      await reader.close();
    }
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
