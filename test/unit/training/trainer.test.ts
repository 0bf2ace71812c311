// The trainer's own tests (Python, models/training/tests) -> one test here.

import { expect, test } from 'vitest';
import { noTrainer, runPython } from '../../support/trainer.js';

const name = 'assignment, loss, targets, weights and measures against hand-computed cases';

test.skipIf(noTrainer)(
  `${name}${noTrainer ? ` (${noTrainer})` : ''}`,
  () => {
    const { status, stderr } = runPython(['-m', 'unittest', 'discover', '-s', 'tests']);
    expect(status, stderr).toBe(0);
    expect(Number(/^Ran (\d+) tests/m.exec(stderr)?.[1]), 'tests found').toBeGreaterThan(20);
  },
  240_000,
);
