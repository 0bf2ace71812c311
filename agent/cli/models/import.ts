// `cspcam models import`: an ONNX file, or Darknet's .cfg, .weights and class names -> model folder.

import { type Command, Option } from 'commander';
import { misused, UsageError } from '#common/errors.js';
import type { Resize } from '../../../models/folder/description.js';
import type { Extent } from '../../../models/import/cells.js';
import { KINDS, type Kind, type Preprocessing } from '../../../models/import/facts.js';
import { actInOrder, newCommand } from '../command.js';
import { integer, threeNumbers, widthAndHeight, zeroToOne } from '../numbers.js';

interface ImportOptions {
  readonly cfg?: string;
  readonly weights?: string;
  readonly names?: string;
  readonly out?: string;
  readonly name?: string;
  readonly size?: Extent;
  readonly plain?: true;
  readonly kind?: Kind;
  readonly labels?: string;
  readonly colour?: Preprocessing['colour'];
  readonly mean?: Preprocessing['mean'];
  readonly deviation?: Preprocessing['deviation'];
  readonly resize?: keyof typeof RESIZES;
  readonly padding?: number;
  readonly check?: string;
  readonly boxVoting?: number;
  readonly json?: true;
}

const RESIZES = {
  letterbox: { kind: 'letterbox', align: 'centre' },
  'letterbox-top-left': { kind: 'letterbox', align: 'top-left' },
  stretch: { kind: 'stretch' },
} as const;
/** Of nearly all scripts that train with a border. */
const USUAL_PADDING = 114;
const OF_DARKNET = ['cfg', 'weights', 'names'] as const;
const OF_ONNX = ['kind', 'labels', 'colour', 'mean', 'deviation', 'resize', 'padding', 'check'] as const;

export function importCommand(): Command {
  return newCommand('import', {
    summary: 'turn a detector in an ONNX file, or a Darknet .cfg and .weights, into a model folder',
    examples: [
      'cspcam models import yolov8n.onnx',
      'cspcam models import yolox_nano.onnx --labels coco --check street.jpg',
      'cspcam models import nanodet.onnx --labels my.names --size 416 --out models/nanodet',
      'cspcam models import --cfg yolo.cfg --weights yolo.weights --names coco.names --out models/yolo',
    ],
  })
    .argument(
      '[file]',
      'ONNX: YOLOX, YOLOv5 to YOLO26, NanoDet-Plus, RT-DETR, D-FINE, DETR, SSD with suppression',
    )
    .option('--out <directory>', 'model folder to write (default of an ONNX file: its name, in this folder)')
    .option('--name <name>', 'name of the model (default: of the file)')
    .option('--labels <file>', 'class names, one per line, or `coco`; where the file does not tell')
    .option('--size <pixels>', 'input size, 416 or 640x384, where the file leaves it open', widthAndHeight)
    .addOption(new Option('--kind <kind>', 'what it is, where the file could be several').choices(KINDS))
    .option('--check <picture>', 'draw what the model finds on a picture, beside the model folder')
    .addOption(
      new Option('--colour <order>', 'that the file takes (default: by kind)').choices(['RGB', 'BGR']),
    )
    .option('--mean <values>', 'taken from bytes, one or three numbers (default: by kind)', threeNumbers)
    .option('--deviation <values>', 'that the difference is divided by (default: by kind)', threeNumbers)
    .addOption(
      new Option('--resize <how>', 'pictures are brought to size (default: by kind)').choices(
        Object.keys(RESIZES),
      ),
    )
    .option(
      '--padding <level>',
      `grey level of the border of --resize (default: ${USUAL_PADDING})`,
      integer(0, 255),
    )
    .option(
      '--box-voting <overlap>',
      'place each box by those it suppresses from this IoU on, 0 to 1 (the bundled models: 0.6; default: none)',
      zeroToOne,
    )
    .option('--cfg <file>', 'Darknet: network description')
    .option('--weights <file>', 'Darknet: trained weights')
    .option('--names <file>', 'Darknet: class names, one per line')
    .option('--plain', 'Darknet: leave the ONNX as the layers say it, slower, for comparison')
    .option('--json', 'print the summary as JSON')
    .action(actInOrder(runImport));
}

async function runImport(
  file: string | undefined,
  options: ImportOptions,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const { name, plain, json, size, boxVoting } = options;
  const shared = {
    ...(name !== undefined && { name }),
    ...(boxVoting !== undefined && { boxVoting }),
    json: json ?? false,
  };
  if (file !== undefined) {
    refuse(options, [...OF_DARKNET, 'plain'], 'Darknet files');
    const { out, kind, labels, colour, mean, deviation, check } = options;
    const resize = resizeOf(options);
    // Protobuf and all that an import knows is loaded by who imports.
    const { importOnnxFile } = await import('./import-onnx.js');
    return importOnnxFile(file, {
      ...{ ...shared, signal },
      ...(out !== undefined && { out }),
      ...(kind !== undefined && { kind }),
      ...(labels !== undefined && { labels }),
      ...(size !== undefined && { size }),
      ...(colour !== undefined && { colour }),
      ...(mean !== undefined && { mean }),
      ...(deviation !== undefined && { deviation }),
      ...(resize !== undefined && { resize }),
      ...(check !== undefined && { check }),
    });
  }
  refuse(options, OF_ONNX, 'an ONNX file');
  const { cfg, weights, names, out } = options;
  if (cfg === undefined || weights === undefined || names === undefined || out === undefined)
    throw new UsageError(
      'expected an ONNX file, or --cfg, --weights, --names and --out of Darknet files, received less',
    );
  if (size !== undefined && size.width !== size.height)
    throw misused('one number', '--size of Darknet files', `${size.width}x${size.height}`);
  const { importDarknetFiles } = await import('./import-darknet.js');
  await importDarknetFiles({
    ...shared,
    ...{ cfg, weights, names, out, plain: plain ?? false },
    ...(size !== undefined && { size: size.width }),
  });
}

function refuse(options: ImportOptions, names: readonly (keyof ImportOptions)[], what: string): void {
  const given = names.find((name) => options[name] !== undefined);
  if (given !== undefined) throw misused(what, `--${given}`, 'none');
}

function resizeOf({ resize, padding }: ImportOptions): Resize | undefined {
  if (resize === undefined) {
    if (padding !== undefined) throw misused('--resize', '--padding', 'none');
    return undefined;
  }
  const chosen = RESIZES[resize];
  if (chosen.kind === 'stretch') {
    if (padding !== undefined) throw misused('a letterbox', '--padding', '--resize stretch');
    return chosen;
  }
  return { ...chosen, padding: padding ?? USUAL_PADDING };
}
