// A report of the doctor -> lines for people, in colours where they are wanted. Pure.

import type { DoctorReport } from '../../doctor/report.js';

type Finding = DoctorReport['findings'][number];

const TITLES: Readonly<Record<Finding['group'], string>> = {
  system: 'System',
  video: 'Video',
  model: 'Model',
  cameras: 'Cameras',
  messages: 'Messages',
  disk: 'Disk',
  memory: 'Memory',
  clock: 'Clock',
  power: 'Power and heat',
  service: 'Service',
};

/** Of ANSI terminals. */
const COLOURS = { ok: 32, note: 36, warning: 33, error: 31 } as const;
const COLUMN = 9;

export function reportText({ findings, next, worst }: DoctorReport, isColoured: boolean): string {
  const lines: string[] = [];
  let group: Finding['group'] | undefined;
  for (const finding of findings) {
    if (finding.group !== group) lines.push(...(group === undefined ? [] : ['']), TITLES[finding.group]);
    group = finding.group;
    lines.push(...findingLines(finding, isColoured));
  }
  const width = Math.max(...next.map(({ command }) => command.length));
  const follow = next.map(({ command, why }) => `  ${command.padEnd(width)}  # ${why}`);
  return [...lines, '', summary(findings, worst), ...(follow.length > 0 ? ['Next:', ...follow] : [])].join(
    '\n',
  );
}

function findingLines({ id, severity, seen, expected, advice }: Finding, isColoured: boolean): string[] {
  const word = severity.padEnd(COLUMN);
  const lead = isColoured ? `\u001b[${COLOURS[severity]}m${word}\u001b[39m` : word;
  const below = ' '.repeat(COLUMN + 2);
  return [
    `  ${lead}${id}: ${seen}`,
    ...(expected === null ? [] : [`${below}expected: ${expected}`]),
    ...(advice === null ? [] : [`${below}do: ${advice}`]),
  ];
}

function summary(findings: readonly Finding[], worst: Finding['severity']): string {
  const count = (of: Finding['severity']) => findings.filter(({ severity }) => severity === of).length;
  const words = (['error', 'warning', 'note'] as const).flatMap((severity) => {
    const many = count(severity);
    return many === 0 ? [] : [`${many} ${severity}${many === 1 ? '' : 's'}`];
  });
  const ok = `${count('ok')} ok`;
  return worst === 'ok' ? `${ok}: all is well` : [...words, ok].join(', ');
}
