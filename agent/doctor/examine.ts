// Checks and a subject -> findings in groups: side by side, each within its own time limit.

import { interruption } from '#common/condition.js';
import { CspcamError } from '#common/errors.js';
import { plainText } from '#common/plain-text.js';
import { redactText } from '#common/redact.js';
import { expectWithin } from '#common/time-limit.js';
import { type Check, GROUPS, type Group } from './check.js';
import { type Finding, warning } from './finding.js';
import type { Subject } from './subject.js';

export interface GroupOfFindings {
  readonly group: Group;
  readonly findings: readonly Finding[];
}

export interface ExamineOptions {
  readonly signal: AbortSignal;
  /** Once for each check. */
  readonly onDone: () => void;
}

/** @throws the reason of the signal; whatever goes wrong within a check is a finding of it */
export async function examine(
  checks: readonly Check[],
  subject: Subject,
  { signal, onDone }: ExamineOptions,
): Promise<GroupOfFindings[]> {
  const all = checks.map(async (check) => {
    const findings = await examineOne(check, subject, signal);
    onDone();
    return { group: check.group, findings };
  });
  const found = await Promise.race([Promise.all(all), interruption(signal)]);
  return GROUPS.map((group) => ({
    group,
    findings: found.filter((one) => one.group === group).flatMap(({ findings }) => findings.map(shown)),
  })).filter(({ findings }) => findings.length > 0);
}

async function examineOne(check: Check, subject: Subject, signal: AbortSignal): Promise<readonly Finding[]> {
  const limit = new AbortController();
  const either = AbortSignal.any([signal, limit.signal]);
  try {
    return await expectWithin(check.limitMs, check.examine(subject, either), 'an end', check.title);
  } catch (error) {
    return [
      warning(
        `${check.id}.unknown`,
        error instanceof CspcamError ? error.message : `${check.title}: ${(error as Error).message}`,
        'an answer',
        'look at what it waits for, then run the doctor again',
      ),
    ];
  } finally {
    limit.abort();
  }
}

/** One line each, and no secret in it: cameras, brokers and GStreamer say parts of them. */
function shown(finding: Finding): Finding {
  const line = (text: string) =>
    redactText(
      plainText(text)
        .replace(/\s*\n\s*/g, '; ')
        .trim(),
    );
  const { seen, expected, advice } = finding;
  return {
    ...finding,
    seen: line(seen),
    ...(expected !== undefined && { expected: line(expected) }),
    ...(advice !== undefined && { advice: line(advice) }),
  };
}
