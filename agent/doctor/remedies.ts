// Findings -> the commands that mend them, each once and in order, as text and as arguments. Pure.

import type { Finding, Remedy } from './finding.js';

export interface Step {
  readonly command: readonly [string, ...string[]];
  readonly asRoot: boolean;
  /** Ids of the findings that it is for. */
  readonly mends: readonly string[];
}

const UPDATE = ['apt-get', 'update'] as const;
const INSTALL = ['apt-get', 'install', '-y', '--no-install-recommends'] as const;

/** All packages in one step, before all else: what comes after may need them. */
export function stepsFor(findings: readonly Finding[]): Step[] {
  const mendable = findings.flatMap(({ id, remedy }) => (remedy === undefined ? [] : [{ id, remedy }]));
  const packages = new Set<string>();
  const installed: string[] = [];
  const steps = new Map<string, Step>();
  for (const { id, remedy } of mendable) {
    if ('install' in remedy) {
      for (const name of remedy.install) packages.add(name);
      installed.push(id);
      continue;
    }
    const text = quoted(remedy.run);
    const mends = [...(steps.get(text)?.mends ?? []), id];
    steps.set(text, { command: remedy.run, asRoot: remedy.asRoot, mends });
  }
  if (packages.size === 0) return [...steps.values()];
  return [
    { command: UPDATE, asRoot: true, mends: installed },
    { command: [...INSTALL, ...[...packages].toSorted()], asRoot: true, mends: installed },
    ...steps.values(),
  ];
}

/** @param sudo what root's commands begin with: `sudo `, or nothing for root */
export function remedyText(remedy: Remedy, sudo: string): string {
  if ('install' in remedy) return `${sudo}${quoted([...INSTALL, ...remedy.install])}`;
  return `${remedy.asRoot ? sudo : ''}${quoted(remedy.run)}`;
}

export function stepText({ command, asRoot }: Step, sudo: string): string {
  return `${asRoot ? sudo : ''}${quoted(command)}`;
}

/** As a shell reads it. */
export function quoted(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}
