// Checks that answer, throw, hang and say secrets -> findings in groups, in time, one line each.

import { afterEach, expect, test, vi } from 'vitest';
import { CspcamError } from '#common/errors.js';
import { forgetSecrets, keepSecret } from '#common/secrets.js';
import { type Check, check, GROUPS, type Group } from '../../../agent/doctor/check.js';
import { examine } from '../../../agent/doctor/examine.js';
import { type Finding, ok, warning } from '../../../agent/doctor/finding.js';
import { CHECKS } from '../../../agent/doctor/registry.js';
import { subjectOn, verdicts } from '../../support/doctor-subject.js';

const subject = await subjectOn('N100');

afterEach(() => {
  vi.useRealTimers();
  forgetSecrets();
});

const of = (group: Group, id: string, collect: (signal: AbortSignal) => Promise<Finding[]>): Check =>
  check({
    group,
    id,
    title: `the ${id}`,
    limitMs: 5000,
    collect: (_, signal) => collect(signal),
    judge: (found) => found,
  });

test('findings come in the order of the groups; what throws is a finding, the others go on', async () => {
  const checks = [
    of('service', 'late', async () => [ok('late', 'fine')]),
    of('system', 'broken', async () => {
      throw new CspcamError('expected a pear for the basket, received a stone');
    }),
    of('system', 'bug', async () => {
      throw new TypeError('x is not a function');
    }),
  ];
  const done = vi.fn();
  const groups = await examine(checks, subject, { signal: new AbortController().signal, onDone: done });
  expect(groups.map(({ group, findings }) => [group, verdicts(findings)])).toEqual([
    ['system', ['warning broken.unknown', 'warning bug.unknown']],
    ['service', ['ok late']],
  ]);
  expect(groups[0]!.findings[1]!.seen).toBe('the bug: x is not a function');
  expect(done).toHaveBeenCalledTimes(3);
});

test('what hangs is given up when its time is over, and told to stop', async () => {
  vi.useFakeTimers();
  let stopped = false;
  const hanging = of('clock', 'hanging', (signal) => {
    signal.addEventListener('abort', () => {
      stopped = true;
    });
    return new Promise(() => {});
  });
  const found = examine([hanging], subject, { signal: new AbortController().signal, onDone: () => {} });
  await vi.advanceTimersByTimeAsync(5000);
  const [{ findings } = { findings: [] }] = await found;
  expect(findings).toMatchObject([
    {
      id: 'hanging.unknown',
      severity: 'warning',
      seen: 'expected an end within 5 s for the hanging, received none',
    },
  ]);
  expect(stopped).toBe(true);
});

test('an abort ends all of it with its reason', async () => {
  const abort = new AbortController();
  const hanging = of('clock', 'hanging', () => new Promise(() => {}));
  const found = examine([hanging], subject, { signal: abort.signal, onDone: () => {} });
  abort.abort(new CspcamError('interrupted by SIGTERM'));
  await expect(found).rejects.toThrow('interrupted by SIGTERM');
});

test('one line, without secrets and without what steers a terminal', async () => {
  keepSecret('hunter2!');
  const leaking = of('cameras', 'leaking', async () => [
    warning(
      'leaking',
      'rtsp://admin:hunter2!@camera/ said\n\u001b[31mno\u001b[0m',
      'hunter2%21',
      'password=other-one',
    ),
  ]);
  const [{ findings } = { findings: [] }] = await examine([leaking], subject, {
    signal: new AbortController().signal,
    onDone: () => {},
  });
  expect(findings).toMatchObject([
    { seen: 'rtsp://***@camera/ said; no', expected: '***', advice: 'password=***' },
  ]);
});

test('the registry: ids once, each with a limit, groups in their order', () => {
  const ids = CHECKS.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const order = CHECKS.map(({ group }) => GROUPS.indexOf(group));
  expect(order).toEqual(order.toSorted((a, b) => a - b));
  for (const { limitMs } of CHECKS) expect(limitMs).toBeGreaterThan(0);
});
