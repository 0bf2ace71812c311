// The parts as they run and another setup -> they go by the other one, with as little as possible closed and opened.

import { monotonicMs } from '#common/clock.js';
import { expectWithin, settledWithin } from '#common/time-limit.js';
import type { Detector } from '../../models/runtime/detector.js';
import { lostAfterMs } from '../analytics/analytics-of.js';
import type { Config } from '../config/schema.js';
import type { Setup } from '../inference/setup.js';
import type { OpenDetector } from '../inference/supervised-detector.js';
import type { Outbox } from '../messaging/outbox/outbox.js';
import { type AgentParts, settingsFileOf } from '../parts.js';
import { LONGEST_OPENING_MS } from '../service/readiness.js';
import { type Changes, changesBetween } from './changes.js';
import { wordsOf } from './words.js';

interface OpenedDetector {
  readonly next: Detector;
  readonly open: OpenDetector;
  readonly openingMs: number;
}

/** What is open beside the present one, before anything is changed. */
interface Prepared {
  readonly detector: OpenedDetector | undefined;
  readonly outbox: Outbox | undefined;
}

/** An engine may take long for its first frame. */
const FIRST_FRAME_MS = 60_000;
const CLOSING_MS = 5000;

/**
 * First whatever may fail is opened beside what runs: where it does, nothing has changed. Then all parts take the new
 * setup between two turns of the event loop, and what is left over is closed.
 *
 * @param onBroken is told of an error that nobody expected, after which nobody knows what runs
 * @returns what was done, in words
 * @throws CspcamError where the setup cannot run here
 */
export async function apply(
  parts: AgentParts,
  setup: Setup,
  onBroken: (error: unknown) => void,
  signal: AbortSignal,
): Promise<string> {
  const changes = changesBetween(parts.running.setup, setup);
  const prepared = await prepare(parts, setup, changes, signal);
  await adopt(parts, setup, changes, prepared, signal).catch((error: unknown) => {
    if (!signal.aborted) onBroken(error);
    throw error;
  });
  return wordsOf(changes);
}

async function prepare(
  parts: AgentParts,
  setup: Setup,
  changes: Changes,
  signal: AbortSignal,
): Promise<Prepared> {
  const { messaging, embeddedBroker } = parts.inOrder;
  const detector = changes.detector ? await openDetector(parts, setup, signal) : undefined;
  let outbox: Outbox | undefined;
  try {
    outbox = await messaging.openOutbox(setup.config, signal);
    // Two cannot listen on one port: there this one goes back to what it was by itself.
    if (changes.embeddedBroker)
      await embeddedBroker.replace(() => parts.brokers.brokerOf(setup.config), signal, {
        isBeside: isOnAnotherPort(parts.running.setup.config, setup.config),
      });
    signal.throwIfAborted();
    return { detector, outbox };
  } catch (error) {
    await Promise.all([outbox?.stop(), detector?.next.close()]);
    throw error;
  }
}

/** One that has answered a frame, a black one. */
async function openDetector(parts: AgentParts, setup: Setup, signal: AbortSignal): Promise<OpenedDetector> {
  const open = parts.openerOf(setup);
  const beganMs = monotonicMs();
  const next = await openWithin(LONGEST_OPENING_MS, open, signal);
  const openingMs = monotonicMs() - beganMs;
  try {
    const { width, height } = next.model.input;
    const answer = next.detect(new ArrayBuffer(3 * width * height));
    await expectWithin(FIRST_FRAME_MS, answer, 'an answer', 'the new detector');
    return { next, open, openingMs };
  } catch (error) {
    // One that hangs in native code is left to itself.
    await settledWithin(CLOSING_MS, next.close());
    throw error;
  }
}

/** Later reloads wait for this one: it must not wait for ever, as for a file on a server that is away. */
async function openWithin(limitMs: number, open: OpenDetector, signal: AbortSignal): Promise<Detector> {
  const givenUp = new AbortController();
  const opening = open(AbortSignal.any([signal, givenUp.signal]));
  try {
    return await expectWithin(limitMs, opening, 'an opening', 'the new detector');
  } catch (error) {
    givenUp.abort(error);
    opening.then((late) => late.close()).catch(() => {});
    throw error;
  }
}

async function adopt(
  parts: AgentParts,
  setup: Setup,
  changes: Changes,
  { detector, outbox }: Prepared,
  signal: AbortSignal,
): Promise<void> {
  const { inOrder, running, log, reporter, brokers } = parts;
  const { cameras, changedSettings, clips, messaging } = inOrder;
  const { config, model } = setup;
  const { removed, changed } = changes.cameras;
  // They say on their own topics that they have stopped, while there are any.
  await Promise.all(removed.map((id) => cameras.close(id)));
  if (signal.aborted) {
    await Promise.all([outbox?.stop(), detector?.next.close()]);
    signal.throwIfAborted();
  }
  // Nothing is awaited from here until everybody goes by the new setup.
  running.setup = setup;
  log.adopt(config.log, config.device);
  changedSettings.adopt(config, settingsFileOf(config));
  if (changes.detector) for (const reason of setup.reasons) log.info(reason);
  followAnew(parts, changes);
  const replaced = detector && inOrder.detector.replace(detector.next, detector.open, detector.openingMs);
  const opened = [...changed].filter(([, { isOpenedAnew }]) => isOpenedAnew).map(([id]) => id);
  const tellAgain = () => {
    parts.tellInfo();
    changedSettings.tell();
    reporter.tellAgain();
    messaging.announcements.countsAgain();
    reporter.health();
  };
  const messages = { session: changes.session, encodings: changes.encodings, removed, tellAgain };
  await Promise.all([
    messaging.adopt(brokers.withLogin(config), model.description, outbox, messages, signal),
    cameras.adopt(opened),
    clips.adopt(),
    replaced,
    changes.regularPictures && inOrder.regularPictures.replace(() => parts.regularPicturesOf(config), signal),
    changes.regularReports && inOrder.regularReports.replace(() => parts.regularReportsOf(config), signal),
    changes.prometheus && inOrder.prometheus.replace(() => parts.prometheusOf(config), signal),
    changes.page && inOrder.page.replace(() => parts.page.serverOf(config), signal),
  ]);
  reporter.disabledCameras();
  changedSettings.tell();
}

/** Whoever follows objects: those of other cameras go on with their tracks and counts. */
function followAnew(parts: AgentParts, { cameras }: Changes): void {
  const { analyticsMaker, nextPicture, page, reporter, running, secondLooks, settings } = parts;
  const { analytics } = parts.inOrder;
  const { config } = running.setup;
  analytics.lostAfterMs = lostAfterMs(config);
  for (const id of cameras.removed) {
    analytics.remove(id);
    secondLooks.forget(id);
    nextPicture.forget(id);
    page.forget(id);
    reporter.forget(id);
  }
  for (const id of cameras.added) {
    running.notBeforeMs.set(id, monotonicMs());
    analytics.put(id, analyticsMaker.analyticsOf(id));
  }
  for (const [id, { isCountedAnew, isOpenedAnew, hasOtherPictures }] of cameras.changed) {
    if (isOpenedAnew) {
      running.notBeforeMs.set(id, monotonicMs());
      secondLooks.forget(id);
    }
    if (hasOtherPictures) {
      nextPicture.forget(id);
      page.forget(id);
      analytics.setSnapshots(id, analyticsMaker.snapshotsOf(id));
    }
    if (isCountedAnew) {
      // Frames that the detector before has answered may have labels which are none any more.
      running.notBeforeMs.set(id, monotonicMs());
      analytics.put(id, analyticsMaker.analyticsOf(id));
    }
  }
  for (const id of Object.keys(config.cameras)) analytics.setScores(id, settings.trackerScores(id));
  page.adopt();
}

/** Two brokers of which each can listen, whatever the other does. */
function isOnAnotherPort({ mqtt: before }: Config, { mqtt: after }: Config): boolean {
  return before.embeddedBroker?.port !== after.embeddedBroker?.port;
}
