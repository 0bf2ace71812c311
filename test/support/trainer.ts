// The trainer in Python: where it is, and an interpreter with torch to run it; PYTHON names another.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { PYTHON } from './tools.js';

export const TRAINER = join(import.meta.dirname, '../../models/training');

const env = { ...process.env, PYTHONPATH: TRAINER, PYTHONDONTWRITEBYTECODE: '1', OMP_NUM_THREADS: '1' };

export function runPython(args: readonly string[], input = '') {
  return spawnSync(PYTHON, args, { cwd: TRAINER, env, input, encoding: 'utf8', maxBuffer: 2 ** 26 });
}

/**
 * Why tests of the trainer are skipped, or undefined. In CI too: torch is larger than all else together, and nothing but
 * the trainer uses it.
 */
export const noTrainer =
  runPython(['-c', 'import torch, cv2, numpy, onnx, onnxruntime']).status === 0
    ? undefined
    : `no torch or onnx in ${PYTHON}`;
