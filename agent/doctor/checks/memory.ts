// Memory of the machine, limits, and what model and cameras take -> findings. Pure.

import type { MemoryFacts } from '../facts/memory.js';
import { error, type Finding, note, ok, warning } from '../finding.js';
import type { Subject } from '../subject.js';
import { size } from './disk.js';

/** A board of so little swaps as soon as anything else runs. */
const SMALL_BYTES = 2.2e9;

/** @param besideMB for the system, the agent and its cameras; @param networkMB of the model, where that is known */
export function judgeMemory(
  { totalBytes, availableBytes, swapBytes, zramBytes, limitBytes }: MemoryFacts,
  { besideMB, networkMB }: { readonly besideMB: number; readonly networkMB: number | undefined },
  { program, service, sudo }: Subject,
): Finding[] {
  const swap =
    swapBytes === 0
      ? 'no swap'
      : `${size(swapBytes)} of swap${zramBytes > 0 ? `, ${size(zramBytes)} of it zram` : ''}`;
  const limit = limitBytes === undefined ? '' : `, limited to ${size(limitBytes)}`;
  const seen = `${size(totalBytes)}${limit}, ${size(availableBytes)} available, ${swap}`;
  const needed = (besideMB + (networkMB ?? 0)) * 1e6;
  const most = limitBytes ?? totalBytes;
  const wanted = `${size(needed)} for the system, the agent, its cameras${networkMB === undefined ? '' : ' and the network'}`;
  const id = 'memory.total';
  if (most < needed)
    return [
      error(id, seen, wanted, `take a smaller network or fewer cameras: ${program} plan shows what fits`),
    ];
  // Of a service that runs, what it needs is taken already.
  if (availableBytes < needed / 2 && service?.state['ActiveState'] !== 'active')
    return [warning(id, seen, wanted, 'ps -eo rss,args --sort=-rss | head shows who has it')];
  if (totalBytes < SMALL_BYTES && swapBytes === 0)
    return [
      note(
        id,
        seen,
        'swap in compressed memory, on a board of 2 GB or less',
        `${sudo}apt-get install -y zram-tools`,
      ),
    ];
  return [ok(id, `${seen}; needed: ${wanted}`)];
}
