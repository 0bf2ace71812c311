// A network in floats and in integers + pictures -> AP50 of each, and how much faster integers are here.

import type { CpuFeatures } from '#common/cpu-features.js';
import { toSource } from '../../../models/decode/boxes.js';
import type { Detection } from '../../../models/detection.js';
import type { CocoAnnotations } from '../../../models/evaluate/coco.js';
import { groupAp50s } from '../../../models/evaluate/groups.js';
import type { Accuracy, ModelDescription, Quantization } from '../../../models/folder/description.js';
import { encodeOnnx } from '../../../models/onnx/encode.js';
import { chooseForm, formsRightHere } from '../../../models/quantize/forms/registry.js';
import { type CalibratedRanges, quantizeProgram } from '../../../models/quantize/quantize.js';
import type { Quantizable } from '../../../models/quantize/run-program.js';
import { infer } from '../../../models/runtime/infer.js';
import { openOnnxRuntime } from '../../../models/runtime/onnxruntime.js';
import type { Session } from '../../../models/runtime/session.js';
import type { MeasuredPictures } from './measured-pictures.js';

// As `models eval` has it: precision is averaged over the whole recall curve.
const MIN_SCORE = 0.001;
/** What floats find with this score stands in for annotations: what the agent reports by default. */
const FOUND_SCORE = 0.3;
const TIMED_ROUNDS = 12;

export interface Measured {
  /** Nothing for a network that detects nothing, and where too few boxes are in the pictures. */
  readonly accuracy?: Accuracy;
  readonly speed: Quantization['speed'];
}

export interface ComparedNetwork {
  readonly description: ModelDescription;
  /** ONNX. */
  readonly floats: Uint8Array;
  readonly network: Quantizable;
  readonly ranges: CalibratedRanges;
  readonly keep: ReadonlySet<string>;
}

/** Of all forms whose arithmetic is right on this processor: what they lose is the same on those that they are for. */
export async function measureInt8(
  { description, floats, network, ranges, keep }: ComparedNetwork,
  pictures: MeasuredPictures,
  cpu: CpuFeatures,
  onPicture: () => void,
): Promise<Measured> {
  const one = { provider: 'cpu', threads: 1 };
  const open = (bytes: Uint8Array) => openOnnxRuntime(bytes, description, one);
  const own = chooseForm('cpu', cpu);
  const forms = new Map([own.form, ...formsRightHere(cpu)].map((form) => [form.name, form] as const));
  const sessions = new Map<string, Session>();
  try {
    sessions.set('fp32', await open(floats));
    for (const [name, form] of forms)
      sessions.set(
        name,
        await open(encodeOnnx(quantizeProgram(network.program, ranges, { keep, form }), name)),
      );
    const found =
      description.task === 'detection'
        ? await detectAll(sessions, description, pictures, onPicture)
        : undefined;
    const accuracy = found && accuracyOf(found, pictures, description.labels);
    const ratio = await timeRatio(sessions.get('fp32')!, sessions.get(own.form.name)!, description.input);
    return { ...(accuracy && { accuracy }), speed: { instructions: own.name, ratio } };
  } finally {
    for (const session of sessions.values()) await session.close();
  }
}

type Found = ReadonlyMap<string, Map<number, Detection[]>>;

/** By network, then by picture: boxes in source pixels. */
async function detectAll(
  sessions: ReadonlyMap<string, Session>,
  description: ModelDescription,
  pictures: MeasuredPictures,
  onPicture: () => void,
): Promise<Found> {
  const found: Found = new Map([...sessions.keys()].map((name) => [name, new Map()]));
  for await (const { id, frame } of pictures.frames()) {
    for (const [name, session] of sessions) {
      const { inputBoxes } = await infer(session, description, new Uint8Array(frame.pixels), {
        minScore: MIN_SCORE,
      });
      found.get(name)!.set(
        id,
        inputBoxes.map((detection) => ({ ...detection, box: toSource(detection.box, frame) })),
      );
    }
    onPicture();
  }
  return found;
}

function accuracyOf(
  found: Found,
  { annotations, data, count, calibrated }: MeasuredPictures,
  labels: readonly string[],
): Accuracy | undefined {
  const coco = annotations ?? asAnnotations(found.get('fp32')!, labels);
  const ap50s = [...found].map(([name, boxes]) => [name, rounded(groupAp50s(coco, boxes, labels))] as const);
  const { fp32, ...forms } = Object.fromEntries(ap50s);
  if (fp32!.all === null) return undefined;
  const of = annotations ? 'annotations' : 'floats';
  return { of, data, pictures: count, calibrated, fp32: fp32!, forms };
}

/** What floats are sure of. */
function asAnnotations(
  found: ReadonlyMap<number, readonly Detection[]>,
  labels: readonly string[],
): CocoAnnotations {
  return {
    images: [...found.keys()].map((id) => ({ id, file_name: `${id}` })),
    categories: labels.map((name, id) => ({ id, name })),
    annotations: [...found].flatMap(([image_id, boxes]) =>
      boxes
        .filter(({ score }) => score >= FOUND_SCORE)
        .map(({ label, box: [x1, y1, x2, y2] }) => ({
          image_id,
          category_id: labels.indexOf(label),
          bbox: [x1, y1, x2 - x1, y2 - y1],
        })),
    ),
  };
}

function rounded(ap50s: Accuracy['fp32']): Accuracy['fp32'] {
  const digits = (value: number | null) => (value === null ? null : Number(value.toFixed(5)));
  return { person: digits(ap50s.person), vehicles: digits(ap50s.vehicles), all: digits(ap50s.all) };
}

/** Processor time by turns, least of each: what others do on the machine hardly matters. */
async function timeRatio(
  fp32: Session,
  int8: Session,
  { width, height }: ModelDescription['input'],
): Promise<number> {
  const pixels = new Uint8Array(3 * width * height).map((_, i) => (i * 97) % 251);
  const least = async (session: Session, before: number) => {
    const started = process.cpuUsage();
    await session.run(pixels);
    const { user, system } = process.cpuUsage(started);
    return Math.min(before, user + system);
  };
  let [floats, integers] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < TIMED_ROUNDS; round++) {
    floats = await least(fp32, floats);
    integers = await least(int8, integers);
  }
  return Number((floats / integers).toFixed(2));
}
