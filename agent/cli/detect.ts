// `cspcam detect`: pictures, videos and cameras -> boxes, as text, JSON lines or pictures.

import { type Command, Option } from 'commander';
import { CspcamError } from '#common/errors.js';
import { cacheDirectory } from '#common/folders.js';
import { redactText } from '#common/redact.js';
import { VEHICLES } from '../../models/decode/one-label.js';
import { openDetector } from '../../models/runtime/open.js';
import { removeUnfinished } from '../../models/runtime/unfinished.js';
import { findSource } from '../../pipelines/find-source.js';
import { FramePool } from '../../pipelines/frame-pool.js';
import { openSource } from '../../pipelines/open.js';
import { DEFAULT_PICTURE_SIZE, largestPicture } from '../../pipelines/picture-size.js';
import { isLive } from '../../pipelines/sources.js';
import { chosenModel } from '../inference/bundled-models.js';
import { type FrameResult, followFrames } from '../inference/frame-path.js';
import { CloserLook } from '../inference/second-look/closer-look.js';
import { AnnotatedPictures } from './annotated-pictures.js';
import { actInOrder, newCommand } from './command.js';
import { detectionLine, Tally } from './detections-text.js';
import { modelOption } from './model-option.js';
import { pictureSize, wholeNumber, zeroToOne } from './numbers.js';
import { type PrecisionChoice, precisionOption } from './precision-option.js';
import { beforeForcedEnd } from './process-end.js';
import { showProgress } from './progress.js';
import { type ProviderChoice, providerOption } from './provider-option.js';
import { reportError } from './report.js';

interface DetectOptions extends PrecisionChoice, ProviderChoice {
  readonly model?: string;
  readonly minScore: number;
  readonly allLabels?: true;
  readonly out?: string;
  readonly frames?: number;
  readonly stallTimeout: number;
  readonly maxPictureSize: string;
  readonly threads: number;
  readonly secondLook?: true;
  readonly json?: true;
  readonly verbose?: true;
}

export function detectCommand(): Command {
  return newCommand('detect', {
    summary: 'find objects in pictures, videos or cameras, once',
    examples: [
      'cspcam detect street.jpg --out found.jpg',
      'cspcam detect clip.mp4 --frames 100 --json',
      'cspcam detect square.jpg --second-look --out found.jpg',
      'cspcam detect *.jpg clip.mp4 --out found/',
      'curl http://camera.local/snapshot.jpg | cspcam detect - --out found.jpg',
      'cspcam detect rtsp://camera.local/stream --frames 1 --out found/',
    ],
  })
    .argument(
      '<input...>',
      'image or video files, - for standard input, or sources as in the configuration (rtsp://..., test:ball)',
    )
    .addOption(modelOption())
    .option('--min-score <score>', 'leave out detections below this score, 0 to 1', zeroToOne, 0.3)
    .option('--all-labels', 'show an object under each label that it may bear: a van as car and as truck')
    .option(
      '--second-look',
      'look at pictures and recordings once more, part by part at their own size, for what is small in them',
    )
    .option('--out <path>', 'draw the boxes: a .jpg or .png for one picture, else a folder')
    .option('--frames <count>', 'frames to look at of each input', wholeNumber)
    .option('--stall-timeout <seconds>', 'give up a source after this long without a frame', wholeNumber, 20)
    .option(
      '--max-picture-size <size>',
      'refuse larger pictures, lying or upright, before they are decoded',
      pictureSize,
      DEFAULT_PICTURE_SIZE,
    )
    .addOption(precisionOption())
    .addOption(providerOption())
    .addOption(
      new Option('--threads <count>', 'threads of the network')
        .argParser(wholeNumber)
        .default(0, 'as many as cores'),
    )
    .option(
      '--json',
      'print one line of JSON per picture or frame: times in ms, boxes x1, y1, x2, y2 in source pixels',
    )
    .action(actInOrder(detect, { endsBySignal: true }));
}

async function detect(inputs: readonly string[], options: DetectOptions, signal: AbortSignal): Promise<void> {
  const folder = await chosenModel(options.model);
  const largest = largestPicture(options.maxPictureSize, '--max-picture-size');
  const pictures =
    options.out === undefined ? undefined : new AnnotatedPictures(options.out, inputs, largest);
  const { provider, threads, minScore, precision } = options;
  beforeForcedEnd(() => removeUnfinished(cacheDirectory()));
  const detector = await openDetector(folder, {
    provider,
    threads,
    minScore,
    precision,
    oneLabelOf: options.allLabels ? [] : [VEHICLES],
    cache: cacheDirectory(),
    signal,
  });
  try {
    for (const input of inputs) {
      if (signal.aborted) break;
      const shown = redactText(input);
      const tally = new Tally();
      const pool = new FramePool();
      const limit = new AbortController();
      let closer: CloserLook | undefined;
      // Lines on a terminal are progress enough.
      const progress = process.stdout.isTTY ? undefined : showProgress(shown, options.frames);
      const onResult = async (result: FrameResult) => {
        if (limit.signal.aborted) return;
        print(options.json ? jsonLine(shown, result) : detectionLine(shown, result));
        tally.add(result);
        progress?.advance();
        await pictures?.add(input, result);
        if (tally.frames === options.frames) limit.abort();
      };
      try {
        if (options.secondLook) closer = new CloserLook(input, detector, largest);
        // Of a camera the newest frame, or it would be seen later and later.
        const delivery = isLive(findSource(input)) ? 'newest' : 'all';
        const onWaiting = () => process.stderr.write(`${shown}: waiting for a key frame\n`);
        const source = openSource(input, {
          inputSize: detector.model.input,
          pool,
          delivery,
          onWaiting,
          largest,
          stallTimeoutMs: 1000 * options.stallTimeout,
        });
        await followFrames(source.frames(AbortSignal.any([signal, limit.signal])), {
          detector,
          // Who looks twice reads the recording twice, and both in step.
          ahead: delivery === 'all' && !closer ? 1 : 0,
          ...(closer && { lookAgain: closer.at.bind(closer) }),
          // What overlaps in two looks has become less sure.
          wants: (_frame, { score }) => score >= minScore,
          release: (pixels) => pool.release(pixels),
          onResult,
          onFailure: (_frame, error) => {
            throw error;
          },
        });
        if (!options.json && tally.frames > 1) print(tally.summary(shown));
      } catch (error) {
        // The others go on; the exit code tells.
        if (!(error instanceof CspcamError)) throw error;
        reportError(error, options.verbose === true);
      } finally {
        progress?.end();
        await Promise.all([pictures?.endInput(), closer?.close()]);
      }
    }
  } finally {
    await detector.close();
  }
}

/** `source` is the input as given; `timeMs` the position in a recording, 0 for a picture. */
function jsonLine(source: string, { frame, sourceDetections, inferenceMs, second }: FrameResult): string {
  const { width, height } = frame.sourceSize;
  const detections = sourceDetections.map(({ label, score, box, look }) => ({
    label,
    score: Number(score.toFixed(4)),
    box: box.map((value) => Number(value.toFixed(1))),
    ...(look && { look }),
  }));
  const timeMs = Number(frame.mediaTimeMs.toFixed(1));
  return JSON.stringify({
    source,
    width,
    height,
    timeMs,
    inferenceMs: Number(inferenceMs.toFixed(2)),
    ...(second && {
      secondLook: { windows: second.windows.length, inferenceMs: Number(second.inferenceMs.toFixed(2)) },
    }),
    detections,
  });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
