// Findings -> what `cspcam doctor --json` prints, with its type and JSON Schema from one place.

import { z } from 'zod';
import { version } from '#common/package.js';
import { GROUPS } from './check.js';
import type { GroupOfFindings } from './examine.js';
import { SEVERITIES, worstOf } from './finding.js';
import { type NextCommand, nextCommands } from './next.js';
import { remedyText } from './remedies.js';
import type { Subject } from './subject.js';

const finding = z.strictObject({
  id: z.string().describe('Stays what it is over versions'),
  group: z.enum(GROUPS),
  severity: z
    .enum(SEVERITIES)
    .describe('note: good to know; warning: works, and will not always; error: does not work'),
  seen: z.string(),
  expected: z.string().nullable().describe('Nothing where all is well'),
  advice: z.string().nullable().describe('A command to type on this machine, or a sentence'),
  fixable: z.boolean().describe('Whether --fix does it'),
});

const doctorFile = z
  .strictObject({
    cspcam: z.string().describe('Version'),
    examinedAt: z.string().describe('ISO 8601'),
    config: z.string().nullable().describe('File that was looked at'),
    user: z.string().describe('Whose rights and folders were looked at'),
    worst: z.enum(SEVERITIES).describe('Exit code 1 where it is error, else 0'),
    findings: z.array(finding),
    next: z.array(z.strictObject({ command: z.string(), why: z.string() })).describe('What to type next'),
    fixed: z.array(z.string()).optional().describe('Commands that --fix has run'),
  })
  .meta({ title: 'cspcam doctor' });

export type DoctorReport = z.output<typeof doctorFile>;

export function reportOf(
  groups: readonly GroupOfFindings[],
  subject: Subject,
  now = new Date(),
): DoctorReport {
  const { file, who, sudo } = subject;
  const findings = groups.flatMap(({ findings }) => findings);
  const next: NextCommand[] = nextCommands(findings, subject);
  return {
    cspcam: version,
    examinedAt: now.toISOString(),
    config: file ?? null,
    user: who.user,
    worst: worstOf(findings),
    findings: groups.flatMap(({ group, findings }) =>
      findings.map(({ id, severity, seen, expected, advice, remedy }) => ({
        id,
        group,
        severity,
        seen,
        expected: expected ?? null,
        advice: remedy === undefined ? (advice ?? null) : remedyText(remedy, sudo),
        fixable: remedy !== undefined,
      })),
    ),
    next: [...next],
  };
}

/** JSON Schema (2020-12) of what `cspcam doctor --json` prints. */
export function doctorJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(doctorFile) as Record<string, unknown>;
}
