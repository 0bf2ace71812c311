// What analytics, telemetry and the agent say, in their own words -> messages, each where its kind goes.

import type { Picture } from '../analytics/picture.js';
import type { SceneListener, SceneMoment } from '../analytics/reports.js';
import type { SceneCounts, SceneEvent } from '../analytics/scene/events.js';
import type { Clip, ClipListener } from '../clips/camera-clips.js';
import type {
  CameraState,
  FrameReport,
  HealthReport,
  ReportListener,
  StatsSnapshot,
} from '../telemetry/reports.js';
import type { Outbox } from './outbox/outbox.js';
import { type AgentDescription, healthBody, infoBody, statsBody, statusBody } from './payloads/agent.js';
import { clipBody } from './payloads/clips.js';
import { type CountMessage, countMessages } from './payloads/counts.js';
import { detectionsBody, eventBody } from './payloads/frames.js';
import type { Publisher } from './publisher.js';
import type { Refusals } from './refusals.js';
import type { Body } from './schemas.js';
import { DIAGNOSTICS_SECONDS } from './topics.js';

export interface AnnouncementsOptions {
  /** Name of the model; read with each message. */
  readonly model: string;
  readonly publisher: Pick<Publisher, 'publish' | 'publishPicture' | 'clear' | 'counters'>;
  readonly outbox: Pick<Outbox, 'report'>;
  readonly refusals: Pick<Refusals, 'report'>;
}

/** The way out; what others ask of the agent comes in by `requests/`. */
export class Announcements implements SceneListener, ReportListener, ClipListener {
  readonly #options: AnnouncementsOptions;
  /** The counts of each camera that were published last. */
  readonly #counts = new Map<string, SceneCounts>();
  /** What was published last of each count, zone and line of a camera, and its body as JSON. */
  readonly #published = new Map<string, Map<string, CountMessage & { readonly json: string }>>();
  /** The first is told at once. */
  #sinceDiagnosticsSeconds = Number.POSITIVE_INFINITY;

  constructor(options: AnnouncementsOptions) {
    this.#options = options;
  }

  info(description: AgentDescription): void {
    this.#options.publisher.publish({ kind: 'info', body: infoBody(description) });
  }

  status(status: CameraState): void {
    this.#options.publisher.publish({ kind: 'status', body: statusBody(status) });
  }

  settings(body: Body<'settings'>): void {
    this.#options.publisher.publish({ kind: 'settings', body });
  }

  detections(report: FrameReport): void {
    const { publisher, model } = this.#options;
    publisher.publish({ kind: 'detections', body: detectionsBody(report, model) });
  }

  events(events: readonly SceneEvent[], moment: SceneMoment): void {
    const { publisher, model } = this.#options;
    for (const event of events) publisher.publish({ kind: 'events', body: eventBody(event, moment, model) });
  }

  /**
   * Publishes what differs from the last time, and clears what is counted no more; the scene gives the same object where
   * nothing differs.
   */
  counts(camera: string, counts: SceneCounts): void {
    if (this.#counts.get(camera) === counts) return;
    this.#counts.set(camera, counts);
    const { publisher } = this.#options;
    const before = this.#published.get(camera) ?? new Map();
    const now = new Map(
      countMessages(camera, counts).map((message) => {
        const json = JSON.stringify(message.body);
        if (before.get(keyOf(message))?.json !== json) publisher.publish(message);
        return [keyOf(message), { ...message, json }];
      }),
    );
    for (const [key, message] of before) if (!now.has(key)) publisher.clear(message);
    this.#published.set(camera, now);
  }

  /** Publishes all counts once more: under other names nobody has heard them. */
  countsAgain(): void {
    for (const messages of this.#published.values())
      for (const message of messages.values()) this.#options.publisher.publish(message);
  }

  /** The configuration has the camera no longer. */
  forget(camera: string): void {
    this.#counts.delete(camera);
    this.#published.delete(camera);
  }

  picture(camera: string, picture: Picture): void {
    this.#options.publisher.publishPicture(camera, picture);
  }

  clip(clip: Clip): void {
    this.#options.publisher.publish({ kind: 'clips', body: clipBody(clip) });
  }

  stats(snapshot: StatsSnapshot): void {
    const { publisher } = this.#options;
    const body = statsBody(snapshot, publisher.counters);
    publisher.publish({ kind: 'stats', body });
    this.#sinceDiagnosticsSeconds += snapshot.intervalSeconds;
    // Measured: now and then they are some milliseconds short of what was configured.
    if (Math.round(this.#sinceDiagnosticsSeconds) < DIAGNOSTICS_SECONDS) return;
    this.#sinceDiagnosticsSeconds = 0;
    publisher.publish({ kind: 'diagnostics', body });
  }

  health(report: HealthReport): void {
    const { publisher, outbox, refusals } = this.#options;
    publisher.publish({ kind: 'health', body: healthBody(report, outbox.report, refusals.report) });
  }
}

function keyOf({ kind, body }: CountMessage): string {
  return JSON.stringify([
    kind,
    body.camera,
    'label' in body ? body.label : 'zone' in body ? body.zone : body.line,
  ]);
}
