// Test files -> the same, with those that take longest in front, so that none of them is left running alone at the end.

import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Some tens of seconds each. Where nobody has run them before, as in CI, Vitest knows no more of a file than its size. */
const LONGEST = [
  'test/e2e/agent/clips.test.ts',
  'test/e2e/pipelines/sources.test.ts',
  'test/e2e/agent/setup-script.test.ts',
  'test/e2e/agent/setup.test.ts',
  'test/e2e/build.test.ts',
  'test/e2e/bench/bench.test.ts',
  'test/e2e/bench/standard.test.ts',
  'test/e2e/models/forms.test.ts',
  'test/e2e/models/import-hostile.test.ts',
  'test/e2e/models/quantize.test.ts',
  'test/e2e/models/exported-onnx.test.ts',
  'test/e2e/models/numerics.test.ts',
  'test/fault/messaging/hostile.test.ts',
  'test/fault/pipelines/crash.test.ts',
  'test/fault/pipelines/failures.test.ts',
  'test/fault/agent/cameras.test.ts',
  'test/fault/pipelines/http.test.ts',
  'test/fault/config/fuzz.test.ts',
  'test/fault/agent/abort-start.test.ts',
  'test/fault/messaging/outbox/kill.test.ts',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => groupOf(a) - groupOf(b) || placeOf(a) - placeOf(b));
  }
}

function groupOf({ project }: TestSpecification): number {
  return project.config.sequence.groupOrder;
}

function placeOf({ moduleId }: TestSpecification): number {
  const place = LONGEST.findIndex((file) => moduleId.endsWith(file));
  return place < 0 ? LONGEST.length : place;
}
