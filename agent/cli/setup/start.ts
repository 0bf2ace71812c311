// A configuration that was written -> the agent that runs with it, here or as the service, and its first detection.

import { settledWithin } from '#common/time-limit.js';
import { loadConfig } from '../../config/load.js';
import { watchFirst } from '../../setup/first-seen.js';
import type { Tone } from '../../setup/page/protocol.js';
import { startService } from '../../setup/service.js';
import type { Target } from '../../setup/target.js';
import { keepHeapSmall } from '../small-heap.js';
import { seenLine } from './text.js';

/** systemd waits for the first frame as long as 90 s. */
const LIMIT_MS = 120_000;
const LEAVE_MS = 1000;

type Tell = (line: string, tone?: Tone) => void;

/**
 * Ends with the agent where it runs here, else once something was seen.
 *
 * @param onShown once it was, or was not within two minutes
 */
export async function startAndShow(
  { file, unit }: Target,
  tell: Tell,
  onShown: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const shown = show(file, tell, either).then(onShown);
  // Whose failure is told is the agent.
  shown.catch(() => {});
  try {
    if (unit !== undefined) {
      await startService(unit, signal);
      tell(`the service runs, and begins with the machine: journalctl -u ${unit.replace('.service', '')} -f`);
      await shown;
    } else await runHere(file, tell, signal);
  } finally {
    over.abort();
    await settledWithin(LEAVE_MS, shown);
  }
}

async function runHere(file: string, tell: Tell, signal: AbortSignal): Promise<void> {
  tell(`running, until Ctrl-C; later: cspcam run --config ${file}`);
  keepHeapSmall();
  const { run } = await import('../run.js');
  await run({ config: file }, signal);
}

async function show(file: string, tell: Tell, signal: AbortSignal): Promise<void> {
  const { mqtt, device } = await loadConfig(file);
  const onSeen = (seen: Parameters<typeof seenLine>[0]) =>
    tell(seenLine(seen), seen.kind === 'detections' ? 'good' : 'detail');
  if (await watchFirst(mqtt, device, { limitMs: LIMIT_MS, onSeen }, signal)) return;
  tell(
    `nothing was found within ${LIMIT_MS / 1000} s: what its model knows has to be in view; cspcam doctor --config ${file}`,
    'problem',
  );
}
