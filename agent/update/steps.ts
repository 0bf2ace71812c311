// An update that was prepared, or interrupted anywhere -> the new version runs well, or the one before is back.
// Runs in a unit of its own, as the version that was installed when the update began.

import { systemClock } from '#common/clock.js';
import { Condition } from '#common/condition.js';
import { type Limits, USUAL_LIMITS } from './healthy.js';
import { type Ended, lastLines, run } from './program.js';
import type { Store, Update, Ended as UpdateEnded } from './store.js';
import { forgetRestarts, lastWords, lookAt, systemctl } from './units.js';
import { type Unwell, untilHealthy } from './watch.js';

/** Configuration files stay as their owner has them; where that makes no difference, dpkg takes what is newer. */
const DPKG = ['--force-confdef', '--force-confold', '--install'];
/** Another installation may be under way, as that of security updates. */
const LOCKED = /lock/;
const LOCK_EVERY_MS = 5000;
const LOCK_TRIES = 120;

/** Each step is written down before it is taken, and may be taken again. Rejects with the reason of the signal. */
export async function carryOut(store: Store, signal: AbortSignal): Promise<void> {
  for (;;) {
    const update = await store.update();
    if (update === undefined) return;
    signal.throwIfAborted();
    const next = await STEPS[update.phase](update, store, signal);
    if ('outcome' in next) {
      if (next.outcome !== 'failed')
        await store.forgetAllBut(next.outcome === 'updated' ? update.to.file : update.from.file);
      return store.end(next);
    }
    await store.write(next);
  }
}

type Step = (update: Update, store: Store, signal: AbortSignal) => Promise<Update | UpdateEnded>;

const STEPS: Readonly<Record<Update['phase'], Step>> = { installing, watching, returning };

async function installing(update: Update, store: Store, signal: AbortSignal): Promise<Update | UpdateEnded> {
  if (await store.isBackWanted()) return { ...update, phase: 'returning', why: BACK_WANTED };
  await store.tell(`installing ${update.to.version}`);
  const ended = await install(update.to.file, update, store, signal);
  if (ended.code === 0) return { ...update, phase: 'watching' };
  const log = lastLines(ended);
  return { ...update, phase: 'returning', why: `dpkg did not install ${update.to.version}`, log };
}

const BACK_WANTED = 'the version before was asked for';

async function watching(update: Update, store: Store, signal: AbortSignal): Promise<Update | UpdateEnded> {
  const since = Date.now() / 1000;
  const whyEnd = async () => ((await store.isBackWanted()) ? BACK_WANTED : undefined);
  const limits = { ...USUAL_LIMITS, healthyMs: 1000 * update.healthySeconds };
  const unwell = await watch(update, limits, store, signal, whyEnd);
  if (unwell === undefined) return endOf(update, 'updated');
  const log = unwell.unit === undefined ? [] : await lastWords(unwell.unit, since - SINCE_INSTALLED_S);
  return { ...update, phase: 'returning', why: whyOf(unwell), log };
}

/** What it said while dpkg had it started belongs to its last words. */
const SINCE_INSTALLED_S = 120;

async function returning(update: Update, store: Store, signal: AbortSignal): Promise<Update | UpdateEnded> {
  const { version, file } = update.from;
  await store.tell(`going back to ${version}: ${update.why}`);
  const ended = await install(file, update, store, signal);
  if (ended.code !== 0) return failed(update, `dpkg did not install ${version} again`, lastLines(ended));
  // As well as it can be told at once: what made it worse since then, a camera for example, is none of its fault.
  const units = update.units.map(({ unit }) => ({
    unit,
    running: 0,
    isInferring: false,
    isDetectorFailing: true,
  }));
  const unwell = await watch({ ...update, units }, { ...USUAL_LIMITS, healthyMs: 0 }, store, signal);
  if (unwell === undefined) return endOf(update, 'returned');
  return failed(update, `${version} is back, and does not run either: ${whyOf(unwell)}`, update.log);
}

async function install(file: string, { units }: Update, store: Store, signal: AbortSignal): Promise<Ended> {
  await forgetRestarts(units);
  const before = await Promise.all(units.map(({ unit }) => lookAt(unit)));
  for (let tries = 1; ; tries++) {
    // Not broken off: half a package is worse than a late end.
    const ended = await run('dpkg', [...DPKG, file]);
    if (ended.code === 0) {
      await restartThoseOf(before.map(({ pid }, i) => ({ unit: units[i]!.unit, pid })));
      return ended;
    }
    if (!LOCKED.test(ended.err.split('\n')[0]!) || tries === LOCK_TRIES) return ended;
    await store.tell('waiting for another installation to end');
    await new Condition().wait({ signal, timeoutMs: LOCK_EVERY_MS });
    signal.throwIfAborted();
  }
}

/** The package does it itself; where it has not, the version before would be watched, which is still in memory, or none. */
async function restartThoseOf(former: readonly { unit: string; pid: number }[]): Promise<void> {
  for (const { unit, pid } of former) {
    const now = await lookAt(unit);
    if (now.pid === pid || now.activeState === 'inactive') await systemctl('restart', '--no-block', unit);
  }
}

function watch(
  { units }: Update,
  limits: Limits,
  store: Store,
  signal: AbortSignal,
  whyEnd?: () => Promise<string | undefined>,
): Promise<Unwell | undefined> {
  const onLook = (words: string) => void store.tell(words);
  return untilHealthy(units, {
    limits,
    lookAt,
    onLook,
    ...(whyEnd && { whyEnd }),
    clock: systemClock,
    signal,
  });
}

function endOf(update: Update, outcome: UpdateEnded['outcome']): UpdateEnded {
  const { id, from, to, signedBy, why, log } = update;
  return {
    id,
    outcome,
    from: from.version,
    to: to.version,
    ...(signedBy && { signedBy }),
    ...(why !== undefined && { why }),
    log,
  };
}

function failed(update: Update, why: string, log: readonly string[]): UpdateEnded {
  const first = update.why === undefined ? '' : `${update.why}; `;
  return { ...endOf(update, 'failed'), why: `${first}${why}`, log };
}

function whyOf({ unit, why }: Unwell): string {
  return unit === undefined ? why : `${unit}: ${why}`;
}
