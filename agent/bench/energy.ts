// The power sensors of a board below a root folder -> joules since the first reading. RAPL counts energy, INA3221 power.

import { join } from 'node:path';
import { namesIn, numberOf, textOf } from '#common/kernel-files.js';
import { findRails } from '../device/power-rails.js';

export interface EnergyMeter {
  /** For people, as `RAPL package-0` or `INA3221 VDD_IN`. */
  readonly source: string;
  /** Joules since the meter was found; to be called at least five times a second where power is read. */
  read(nowMs: number): Promise<number>;
}

/** @returns nothing where the board has no sensor, or only for the superuser */
export async function findEnergyMeter(root = '/'): Promise<EnergyMeter | undefined> {
  return (await findRapl(root)) ?? (await findIna3221(root));
}

interface RaplDomain {
  readonly name: string;
  readonly folder: string;
  /** Microjoules at which the counter begins anew. */
  readonly range: number;
  last: number;
}

/** The whole platform where there is such a domain, else packages and memory; what they contain is theirs already. */
async function findRapl(root: string): Promise<EnergyMeter | undefined> {
  const powercap = join(root, 'sys/class/powercap');
  const found: RaplDomain[] = [];
  // What intel-rapl-mmio has are the same counters, read in another way.
  for (const entry of await namesIn(powercap, /^intel-rapl:\d+(:\d+)?$/)) {
    const folder = join(powercap, entry);
    const [name, last, range] = [
      await textOf(folder, 'name'),
      await numberOf(folder, 'energy_uj'),
      await numberOf(folder, 'max_energy_range_uj'),
    ];
    if (name !== undefined && last !== undefined) found.push({ name, folder, last, range: range ?? 0 });
  }
  const platform = found.filter(({ name }) => name === 'psys');
  const domains = platform.length > 0 ? platform.slice(0, 1) : found.filter(isWhole);
  if (domains.length === 0) return undefined;
  let joules = 0;
  return {
    source: `RAPL ${domains.map(({ name }) => name).join(' + ')}`,
    async read() {
      for (const domain of domains) {
        const now = await numberOf(domain.folder, 'energy_uj');
        if (now === undefined) continue;
        joules += (now < domain.last ? now - domain.last + domain.range : now - domain.last) / 1e6;
        domain.last = now;
      }
      return joules;
    },
  };
}

const isWhole = ({ name }: RaplDomain) => name.startsWith('package') || name === 'dram';

/** Rails that carry everything: JetPack's names. */
const TOTAL = /^(VDD_IN|POM_5V_IN|5V_IN|SYS_5V_IN)$/i;

/** The total rail, else the sum of all. */
async function findIna3221(root: string): Promise<EnergyMeter | undefined> {
  const rails = await findRails(root);
  const total = rails.filter(({ name }) => TOTAL.test(name)).slice(0, 1);
  const read = total.length > 0 ? total : rails;
  if (read.length === 0) return undefined;
  let joules = 0;
  let last: { readonly atMs: number; readonly watts: number } | undefined;
  return {
    source: `INA3221 ${read.map(({ name }) => name).join(' + ')}`,
    async read(nowMs) {
      const all = await Promise.all(read.map(({ watts }) => watts()));
      const watts = all.reduce<number>((sum, one) => sum + (one ?? 0), 0);
      if (last !== undefined) joules += ((watts + last.watts) / 2) * ((nowMs - last.atMs) / 1000);
      last = { atMs: nowMs, watts };
      return joules;
    },
  };
}
