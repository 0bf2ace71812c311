// What the agent counts, as it stands -> metrics. Pure.

import type { StatsCollector } from './collector.js';
import type { LoadReading } from './machine-load.js';
import type { Labels, Metric } from './prometheus-text.js';

/** What became of the messages since start. */
interface MessageCounts {
  readonly connected: boolean;
  readonly connects: number;
  readonly published: number;
  readonly droppedOffline: number;
  readonly droppedSlow: number;
  readonly refused: number;
}

/** What became of the events: produced = delivered + refused + expired + evicted + pending. */
interface EventCounts {
  readonly produced: number;
  readonly delivered: number;
  readonly expired: number;
  readonly pending: number;
  /** Pending ones that a crash would take. */
  readonly inMemory: number;
  /** By reason. */
  readonly refusedFor: Readonly<Record<string, number>>;
  readonly evictedFor: Readonly<Record<string, number>>;
}

export interface MetricsInput {
  readonly version: string;
  /** Name. */
  readonly model: string;
  /** Where the network runs. */
  readonly provider: string;
  readonly totals: StatsCollector['totals'];
  /** By camera id, those not opened included: whether frames come. */
  readonly running: Readonly<Record<string, boolean>>;
  /** Since the last frame of any camera was inferred; undefined before the first. */
  readonly inferenceAgeSeconds: number | undefined;
  readonly mqtt: MessageCounts;
  readonly outbox: EventCounts;
  /** As read last; nothing before the first time. */
  readonly machine?: LoadReading['system'] | undefined;
  readonly process: {
    readonly cpuSeconds: number;
    readonly residentBytes: number;
    /** Since 1970. */
    readonly startedSeconds: number;
  };
}

export function metricsOf(input: MetricsInput): Metric[] {
  const { version, model, provider } = input;
  return [
    gauge('info', 'What runs.', [[{ version, model, provider }, 1]]),
    ...cameraMetrics(input),
    {
      name: 'stage_duration_seconds',
      help: 'Time of each stage of a frame: wait until the detector is free, inference, decode, publish; total from capture.',
      values: {
        type: 'histogram',
        samples: [...input.totals.stages].map(([stage, counts]) => [{ stage }, counts]),
      },
    },
    gauge(
      'inference_age_seconds',
      'Time since the last frame was inferred; absent before the first.',
      input.inferenceAgeSeconds === undefined ? [] : [[{}, input.inferenceAgeSeconds]],
    ),
    ...secondLookMetrics(input),
    ...messageMetrics(input),
    ...machineMetrics(input),
    counter('process_cpu_seconds_total', 'Processor time used.', [[{}, input.process.cpuSeconds]]),
    gauge('process_resident_memory_bytes', 'Memory in use.', [[{}, input.process.residentBytes]]),
    gauge('process_start_time_seconds', 'Start, in seconds since 1970.', [
      [{}, input.process.startedSeconds],
    ]),
  ];
}

function cameraMetrics({ totals, running }: MetricsInput): Metric[] {
  const ofCamera = (name: string, help: string, of: 'captured' | 'inferred' | 'skipped' | 'dropped') =>
    counter(
      name,
      help,
      [...totals.cameras].map(([camera, counters]) => [{ camera }, counters.totals[of]]),
    );
  return [
    gauge(
      'camera_running',
      'Whether the camera gives frames.',
      Object.entries(running).map(([camera, is]) => [{ camera }, is ? 1 : 0]),
    ),
    ofCamera('camera_captured_frames_total', 'Frames of the source.', 'captured'),
    ofCamera('camera_inferred_frames_total', 'Frames inferred.', 'inferred'),
    ofCamera(
      'camera_skipped_frames_total',
      'Frames passed over because nothing moved, or by maxFps.',
      'skipped',
    ),
    ofCamera('camera_dropped_frames_total', 'Frames given up for newer ones.', 'dropped'),
    counter(
      'camera_restarts_total',
      'Times the source was opened anew.',
      [...totals.cameras].map(([camera, { restarts }]) => [{ camera }, restarts]),
    ),
  ];
}

function secondLookMetrics({ totals: { secondLooks } }: MetricsInput): Metric[] {
  const { frames, looks, found, busyMs } = secondLooks;
  return [
    counter('second_look_frames_total', 'Frames with parts that were looked at once more.', [[{}, frames]]),
    counter('second_looks_total', 'Parts of pictures looked at once more.', [[{}, looks]]),
    counter('second_look_inference_seconds_total', "Of the detector's time for them.", [[{}, busyMs / 1000]]),
    counter('second_look_detections_total', 'Detections that only they had shown.', [[{}, found]]),
  ];
}

/** As each `stats` message has it: nothing is read for a scrape. */
function machineMetrics({ machine }: MetricsInput): Metric[] {
  if (machine === undefined) return [];
  const { temperaturesC, gpu, powerWatts = {} } = machine;
  const by = (label: string, values: Readonly<Record<string, number>>): Samples =>
    Object.entries(values).map(([name, value]) => [{ [label]: name }, value]);
  const one = (value: number | undefined): Samples => (value === undefined ? [] : [[{}, value]]);
  return [
    gauge('temperature_celsius', 'Of each sensor of the machine.', by('sensor', temperaturesC)),
    gauge('gpu_load_ratio', 'How busy the GPU is, 0 to 1.', one(scaled(gpu?.loadPercent, 0.01))),
    gauge('gpu_clock_hertz', 'At which the GPU runs.', one(scaled(gpu?.clockMHz, 1e6))),
    gauge('power_watts', 'Of each rail that the board measures.', by('rail', powerWatts)),
  ];
}

const scaled = (value: number | undefined, by: number) => (value === undefined ? undefined : value * by);

function messageMetrics({ mqtt, outbox }: MetricsInput): Metric[] {
  return [
    gauge('mqtt_connected', 'Whether there is a connection to the broker.', [[{}, mqtt.connected ? 1 : 0]]),
    counter('mqtt_connects_total', 'Connections to the broker.', [[{}, mqtt.connects]]),
    counter('mqtt_published_messages_total', 'Messages given to the broker.', [[{}, mqtt.published]]),
    counter('mqtt_refused_messages_total', 'Messages that the broker will not take.', [[{}, mqtt.refused]]),
    counter('mqtt_dropped_messages_total', 'Messages given up, for want of a connection or its slowness.', [
      [{ reason: 'offline' }, mqtt.droppedOffline],
      [{ reason: 'slow' }, mqtt.droppedSlow],
    ]),
    counter('outbox_produced_events_total', 'Events put into the outbox since its folder was made.', [
      [{}, outbox.produced],
    ]),
    counter('outbox_delivered_events_total', 'Events that the broker has.', [[{}, outbox.delivered]]),
    counter(
      'outbox_refused_events_total',
      'Events that the broker will not take.',
      byReason(outbox.refusedFor),
    ),
    counter('outbox_expired_events_total', 'Events that were too old when their turn came.', [
      [{}, outbox.expired],
    ]),
    counter(
      'outbox_evicted_events_total',
      'Events given up for want of space or by a fault of the disk.',
      byReason(outbox.evictedFor),
    ),
    gauge('outbox_pending_events', 'Events that wait for the broker.', [[{}, outbox.pending]]),
    gauge('outbox_memory_events', 'Pending events that a crash would take, for the disk does not.', [
      [{}, outbox.inMemory],
    ]),
  ];
}

type Samples = readonly (readonly [Labels, number])[];

function counter(name: string, help: string, samples: Samples): Metric {
  return { name, help, values: { type: 'counter', samples } };
}

function byReason(counts: Readonly<Record<string, number>>): Samples {
  return Object.entries(counts).map(([reason, value]) => [{ reason }, value]);
}

function gauge(name: string, help: string, samples: Samples): Metric {
  return { name, help, values: { type: 'gauge', samples } };
}
