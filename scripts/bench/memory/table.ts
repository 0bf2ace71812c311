// Memory of agents -> a table: all, the daemon, a capture process, and what the last two are made of. Pure.

import { markdownTable } from '../../../models/networks/figures.js';
import type { AgentMemory } from './agent.js';
import { type ByKind, KINDS } from './smaps.js';

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0);

/** Megabytes (10^6), proportional sizes but for the column `alone`. */
export function memoryText(agents: readonly AgentMemory[]): string {
  const totals = [['cameras', 'all, MB', 'alone, at least', 'each further one', 'daemon', 'a capture']];
  const parts = [['cameras', 'process', ...KINDS]];
  for (const [i, agent] of agents.entries()) {
    const { cameras, pssBytes, aloneBytes, daemon, captures } = agent;
    const before = agents[i - 1];
    const further = before && (aloneBytes - before.aloneBytes) / (cameras - before.cameras);
    const capture = mean(captures);
    const ofAgent = [pssBytes, aloneBytes].map(megabytes);
    totals.push([
      String(cameras),
      ...ofAgent,
      further === undefined ? '' : megabytes(further),
      ...[daemon, capture].map((one) => megabytes(sum(one))),
    ]);
    for (const [name, one] of [['daemon', daemon] as const, ['a capture', capture] as const])
      parts.push([String(cameras), name, ...KINDS.map((kind) => megabytes(one[kind]))]);
  }
  return `${markdownTable(totals)}\n\n${markdownTable(parts)}`;
}

const sum = (one: ByKind) => KINDS.reduce((total, kind) => total + one[kind], 0);

function mean(all: readonly ByKind[]): ByKind {
  const entries = KINDS.map((kind) => [kind, all.reduce((total, one) => total + one[kind], 0) / all.length]);
  return Object.fromEntries(entries) as ByKind;
}
