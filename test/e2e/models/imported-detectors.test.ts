// Detectors of other people, imported with no option but the file -> their published precision through the whole path, and
// every box where an evaluation in Python has it.
// The second needs PYTHON=<with numpy, onnxruntime and cv2>; it is skipped where that is absent, as all is without ../shared.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { toSource } from '../../../models/decode/boxes.js';
import type { Box } from '../../../models/detection.js';
import { type Evaluation, parseAnnotations } from '../../../models/evaluate/coco.js';
import type { ModelDescription } from '../../../models/folder/description.js';
import { readModelFolder } from '../../../models/folder/folder.js';
import { openDetector } from '../../../models/runtime/open.js';
import { readImage } from '../../../pipelines/images.js';
import { Cspcam } from '../../support/cspcam.js';
import { interleaved } from '../../support/pixels.js';
import { sharedPath } from '../../support/shared.js';
import { PYTHON } from '../../support/tools.js';

const cspcam = (...args: string[]) => new Cspcam(['models', ...args]).finished();
const folder = mkdtempSync(join(tmpdir(), 'cspcam-imported-'));
const data = sharedPath('data/detection/coco256/annotations.json');
const hasPython = spawnSync(PYTHON, ['-c', 'import numpy, onnxruntime, cv2']).status === 0;

// Published precisions by the weights' own scripts, AP50 of persons and of all vehicles as one class.
const detectors = [
  {
    file: 'weights/yolox-nano/yolox_nano.onnx',
    options: ['--labels', resolve(import.meta.dirname, '../../fixtures/coco.names')],
    kind: 'yolox',
    resize: { kind: 'letterbox', align: 'top-left', padding: 114 },
    ...{ person: 0.631, vehicles: 0.565 },
  },
  {
    file: 'weights/yolov8n-dynamic-int8/yolov8n.onnx',
    options: [],
    kind: 'yolov8',
    resize: { kind: 'letterbox', align: 'centre', padding: 114 },
    ...{ person: 0.727, vehicles: 0.642 },
  },
];
const TOLERANCE_AP50 = 0.015;
const TOLERANCE_PIXELS = 1;
const TOLERANCE_SCORE = 0.01;
const MIN_SCORE = 0.05;

interface Found {
  readonly classIndex: number;
  readonly score: number;
  readonly sourceBox: Box;
}

describe.each(detectors)('$kind', ({ file, options, kind, resize, person, vehicles }) => {
  const network = sharedPath(file);
  const absent = network === undefined || data === undefined;

  describe.skipIf(absent)(absent ? 'skipped: ../shared is absent' : file, () => {
    const model = join(folder, kind);

    beforeAll(async () => {
      const { code, err } = await cspcam('import', network!, ...options, '--out', model, '--json');
      expect({ code, err }).toEqual({ code: 0, err: '' });
      const { description } = await readModelFolder(model);
      expect(description).toMatchObject({ input: { resize }, decoder: { kind } });
    });

    test('precision', async () => {
      const { code, out, err } = await cspcam('eval', model, '--data', data!, '--split', 'val', '--json');
      expect({ code, err }).toEqual({ code: 0, err: '' });
      const evaluation = JSON.parse(out) as Evaluation;
      expect(evaluation.images).toBe(128);
      expect(Math.abs(evaluation.perClass.person!.ap50! - person)).toBeLessThan(TOLERANCE_AP50);
      expect(Math.abs(evaluation.vehicles!.ap50! - vehicles)).toBeLessThan(TOLERANCE_AP50);
    });

    test.skipIf(!hasPython)('every box of every picture', async () => {
      const { description } = await readModelFolder(model);
      const { ours, theirs } = await bothEvaluations(model, description, network!);
      const sure = (found: readonly Found[]) =>
        found.filter(({ score }) => score >= MIN_SCORE + TOLERANCE_SCORE);
      let count = 0;
      for (const [at, found] of ours.entries()) {
        count += sure(found).length;
        expect(sure(found).filter((one) => !isAmong(one, theirs[at]!))).toEqual([]);
        expect(sure(theirs[at]!).filter((one) => !isAmong(one, found))).toEqual([]);
      }
      expect(count).toBeGreaterThan(1000);
    });
  });
});

/** Of the same resized pictures, so that what differs is not the scaler. */
async function bothEvaluations(
  model: string,
  { input, decoder, labels }: ModelDescription,
  network: string,
): Promise<{ ours: Found[][]; theirs: Found[][] }> {
  const { images } = parseAnnotations(readFileSync(data!, 'utf8'), data!);
  const detector = await openDetector(await readModelFolder(model), {
    ...{ provider: 'cpu', threads: 1, minScore: MIN_SCORE },
  });
  const ours: Found[][] = [];
  const pictures: object[] = [];
  for (const { file_name } of images.filter(({ split }) => split === 'val')) {
    const frame = await readImage(join(data!, '../images', file_name), input);
    const file = join(folder, `${decoder.kind}-${ours.length}`);
    writeFileSync(file, interleaved(frame, frame.content));
    const { width: sourceWidth, height: sourceHeight } = frame.sourceSize;
    pictures.push({
      file,
      width: frame.content.width,
      height: frame.content.height,
      sourceWidth,
      sourceHeight,
    });
    const { inputBoxes } = await detector.detect(frame.pixels);
    ours.push(
      inputBoxes.map(({ classIndex, score, box }) => ({
        classIndex,
        score,
        sourceBox: toSource(box, frame),
      })),
    );
  }
  await detector.close();
  expect(labels).toHaveLength(80);
  const { iouThreshold } = 'nms' in decoder ? decoder.nms : expect.fail('no suppression');
  const job = { network, kind: decoder.kind, minScore: MIN_SCORE, iouThreshold, pictures };
  const script = resolve(import.meta.dirname, '../../support/onnx-detectors.py');
  const { status, stdout, stderr } = spawnSync(PYTHON, [script], {
    ...{ input: JSON.stringify(job), encoding: 'utf8', maxBuffer: 2 ** 28 },
  });
  expect(status, stderr).toBe(0);
  const theirs = (JSON.parse(stdout) as [number, number, ...Box][][]).map((rows) =>
    rows.map(([classIndex, score, ...sourceBox]) => ({ classIndex, score, sourceBox })),
  );
  return { ours, theirs };
}

function isAmong({ classIndex, score, sourceBox }: Found, others: readonly Found[]): boolean {
  return others.some(
    (other) =>
      other.classIndex === classIndex &&
      Math.abs(other.score - score) <= TOLERANCE_SCORE &&
      other.sourceBox.every((value, i) => Math.abs(value - sourceBox[i]!) <= TOLERANCE_PIXELS),
  );
}
