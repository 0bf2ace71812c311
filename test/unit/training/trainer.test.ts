// The trainer's own tests (Python, models/training/tests) -> one test here; PYTHON names an interpreter with torch.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const PYTHON = process.env.PYTHON ?? '/usr/bin/python3';
const FOLDER = join(import.meta.dirname, '../../../models/training');

const env = { ...process.env, PYTHONPATH: FOLDER, PYTHONDONTWRITEBYTECODE: '1', OMP_NUM_THREADS: '1' };
const run = (...args: string[]) => spawnSync(PYTHON, args, { cwd: FOLDER, env, encoding: 'utf8' });
const absent = run('-c', 'import torch, cv2, numpy').status !== 0;

test.skipIf(absent)(
  `assignment, loss, targets, weights and measures against hand-computed cases${absent ? ` (no torch in ${PYTHON})` : ''}`,
  () => {
    const { status, stderr } = run('-m', 'unittest', 'discover', '-s', 'tests');
    expect(status, stderr).toBe(0);
    expect(Number(/^Ran (\d+) tests/m.exec(stderr)?.[1]), 'tests found').toBeGreaterThan(20);
  },
);
