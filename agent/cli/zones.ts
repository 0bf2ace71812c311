// `cspcam zones preview`: the zones, lines and masks of a camera, drawn on a frame of it.

import { resolve } from 'node:path';
import type { Command } from 'commander';
import { expected, misused } from '#common/errors.js';
import { redactText } from '#common/redact.js';
import type { Frame, Size } from '../../pipelines/frame.js';
import { annotate } from '../../pipelines/images.js';
import { openSource } from '../../pipelines/open.js';
import { sceneSvg } from '../analytics/scene/scene-overlay.js';
import { captureSettings } from '../cameras/capture-settings.js';
import { loadConfig } from '../config/load.js';
import { actInOrder, newCommand } from './command.js';
import { expectPictureName } from './picture-name.js';

interface PreviewOptions {
  readonly config: string;
  readonly out: string;
  readonly image?: string;
}

export function zonesCommand(): Command {
  const zones = newCommand('zones', {
    summary: 'show the zones, lines and masks of a configuration',
    examples: ['cspcam zones preview door --config cspcam.yaml --out door.jpg'],
  });
  zones.addCommand(
    newCommand('preview', {
      summary: 'draw the zones, lines and masks of a camera on one frame of it, with an arrow for in',
      examples: [
        'cspcam zones preview door --config cspcam.yaml --out door.jpg',
        'cspcam zones preview door --config cspcam.yaml --out door.png --image door-by-day.jpg',
      ],
    })
      .argument('<camera>', 'its id in the configuration')
      .requiredOption('--config <file>', 'configuration')
      .requiredOption('--out <file>', 'picture to write, .jpg or .png')
      .option('--image <file>', 'draw on this picture or recording instead of a frame of the camera')
      .action(actInOrder(preview)),
  );
  return zones;
}

async function preview(
  id: string,
  { config: file, out, image }: PreviewOptions,
  signal: AbortSignal,
): Promise<void> {
  expectPictureName(out, '--out');
  const { cameras } = await loadConfig(file);
  const camera = Object.hasOwn(cameras, id) ? cameras[id] : undefined;
  if (camera === undefined)
    throw misused(`one of the cameras ${Object.keys(cameras).join(', ')}`, '<camera>', id);
  const { source, detect = source, zones, lines, masks } = camera;
  const uri = image === undefined ? detect : `file:${resolve(image)}`;
  const frame = await oneFrame(uri, captureSettings(camera), signal);
  await annotate(frame, sceneSvg(zones, lines, frame.sourceSize, masks), out);
  const { width, height } = frame.sourceSize;
  const names = (of: object) => Object.keys(of).join(', ') || 'none';
  const counts = Object.entries(masks).flatMap(([kind, all]) =>
    all.length > 0 ? `${all.length} ${kind}` : [],
  );
  const told = counts.length > 0 ? `; masks: ${counts.join(', ')}` : '';
  process.stdout.write(
    `${out}: ${width} x ${height}, zones: ${names(zones)}; lines: ${names(lines)}${told}\n`,
  );
}

/** The frame is at source size, which only a first frame tells. */
async function oneFrame(
  uri: string,
  settings: ReturnType<typeof captureSettings>,
  signal: AbortSignal,
): Promise<Frame> {
  const newest = async (inputSize: Size) => {
    const source = openSource(uri, { inputSize, delivery: 'newest', ...settings });
    for await (const frame of source.frames(signal)) return frame;
    signal.throwIfAborted();
    throw expected('a frame', redactText(uri), 'none');
  };
  const { sourceSize } = await newest({ width: 64, height: 64 });
  // Rows of GStreamer are padded to four bytes; the rest of the width is border.
  return newest({ width: Math.ceil(sourceSize.width / 4) * 4, height: sourceSize.height });
}
