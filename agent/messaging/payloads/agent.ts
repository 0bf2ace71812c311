// The agent and its cameras, as they are -> the bodies of `info`, `status`, `stats` and `health`, without passwords.

import { redacted, redactText } from '#common/redact.js';
import type { ModelDescription } from '../../../models/folder/description.js';
import type { NetworkChoice } from '../../../models/runtime/network.js';
import type { MainStreamState } from '../../cameras/main-stream.js';
import type { Config } from '../../config/schema.js';
import type { AgentExecution } from '../../inference/execution.js';
import type { CameraFigures } from '../../telemetry/counters.js';
import type {
  CameraState,
  ClipsHealth,
  ConfigurationState,
  HealthReport,
  LatencyFigures,
  StatsSnapshot,
} from '../../telemetry/reports.js';
import { type Stage, stages } from '../../telemetry/stages.js';
import type { RefusalReport } from '../refusals.js';
import type { Body } from '../schemas.js';
import { round } from './numbers.js';

/** What runs here. */
export interface AgentDescription {
  /** Version of cspcam. */
  readonly version: string;
  /** Version of Node. */
  readonly node: string;
  readonly provider: string;
  readonly network: NetworkChoice;
  readonly model: ModelDescription;
  /** Why this model, where it was not asked for. */
  readonly reasons?: readonly string[];
  readonly execution: AgentExecution;
  readonly configuration?: ConfigurationState | undefined;
  readonly config: Config;
}

export function infoBody(description: AgentDescription): Body<'info'> {
  const { version, node, provider, network, model, reasons = [], execution, config } = description;
  const { configuration } = description;
  const { name, labels, parameters } = model;
  const { precision, reason, form, providerReason } = network;
  const size = { width: model.input.width, height: model.input.height };
  return {
    version,
    node,
    provider,
    ...(providerReason !== undefined && { providerReason }),
    model: {
      name,
      input: size,
      labels,
      parameters,
      bflops: round(model.bflops, 3),
      precision,
      precisionReason: reason,
      ...(form !== undefined && { form }),
      ...(reasons.length > 0 && { reasons: [...reasons] }),
    },
    inference: execution,
    cameras: Object.keys(config.cameras),
    ...(configuration && { configuration: configurationBody(configuration) }),
    config: redacted(config),
  };
}

/** Keys without a value are left out; passwords in the source and in the message are hidden. */
export function statusBody(status: CameraState): Body<'status'> {
  const { camera, state, sinceMs, restarts, source, detect, sourceSize, mainStream } = status;
  const { failure, message, attempt, retryInMs } = status;
  return {
    camera,
    state,
    since: new Date(sinceMs).toISOString(),
    restarts,
    source: redactText(source),
    ...(detect !== undefined && { detect: redactText(detect) }),
    ...(sourceSize && { sourceSize: { width: sourceSize.width, height: sourceSize.height } }),
    ...(failure !== undefined && { failure }),
    ...(message !== undefined && { message: redactText(message) }),
    ...(attempt !== undefined && { attempt }),
    ...(retryInMs !== undefined && { retryInMs: Math.round(retryInMs) }),
    ...(mainStream && { mainStream: mainStreamBody(mainStream) }),
  };
}

function rounded(values: Readonly<Record<string, number>>, digits: number): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, round(value, digits)]));
}

function mainStreamBody(state: MainStreamState): Body<'status'>['mainStream'] {
  if ('sourceSize' in state) return { sourceSize: { ...state.sourceSize } };
  const { failure, message, retryInMs } = state;
  return { failure, message: redactText(message), retryInMs: Math.round(retryInMs) };
}

/** @param mqtt what became of the messages since start */
export function statsBody(snapshot: StatsSnapshot, mqtt: Body<'stats'>['mqtt']): Body<'stats'> {
  const { intervalSeconds, cameras, secondLook, latencyMs, process, system } = snapshot;
  return {
    intervalSeconds: round(intervalSeconds, 3),
    cameras: Object.fromEntries(Object.entries(cameras).map(([id, figures]) => [id, cameraBody(figures)])),
    ...(secondLook && {
      secondLook: {
        ...secondLook,
        looksPerSecond: round(secondLook.looksPerSecond, 2),
        detectorPercent: round(secondLook.detectorPercent, 1),
      },
    }),
    latencyMs: latencyBody(latencyMs),
    process: { cpuPercent: round(process.cpuPercent, 1), residentBytes: process.residentBytes },
    system: {
      cpuPercent: round(system.cpuPercent, 1),
      memoryUsedBytes: system.memoryUsedBytes,
      memoryTotalBytes: system.memoryTotalBytes,
      temperaturesC: rounded(system.temperaturesC, 1),
      ...(system.gpu && { gpu: rounded({ ...system.gpu }, 1) }),
      ...(system.powerWatts && { powerWatts: rounded(system.powerWatts, 3) }),
    },
    mqtt: { ...mqtt },
  };
}

/**
 * @param events what became of the events since the folder of the outbox was made
 * @param refusals what the broker did not take since start
 */
export function healthBody(
  report: HealthReport,
  events: Body<'health'>['events'],
  refusals: RefusalReport,
): Body<'health'> {
  const { uptimeSeconds, residentBytes, inferenceAgeSeconds, detector, configuration, clips, cameras } =
    report;
  const { state, failures, building, failure, message } = detector;
  return {
    uptimeSeconds: Math.round(uptimeSeconds),
    residentBytes,
    inferenceAgeSeconds: inferenceAgeSeconds === undefined ? null : round(inferenceAgeSeconds, 1),
    detector: {
      state,
      failures,
      ...(building !== undefined && { building }),
      ...(failure !== undefined && { failure }),
      ...(message !== undefined && { message: redactText(message) }),
    },
    ...(configuration && { configuration: configurationBody(configuration) }),
    ...(clips && { clips: clipsBody(clips) }),
    cameras: { ...cameras },
    events,
    refused: refusals.refused,
    refusedTopics: refusals.topics.map((topic) => ({ ...topic })),
  };
}

function clipsBody({ state, files, bytes, message }: ClipsHealth): Body<'health'>['clips'] {
  return { state, files, bytes, ...(message !== undefined && { message: redactText(message) }) };
}

function configurationBody({ loadedAtMs, refused }: ConfigurationState): Body<'info'>['configuration'] {
  return {
    loadedAt: new Date(loadedAtMs).toISOString(),
    ...(refused && { refusedAt: new Date(refused.atMs).toISOString(), refusal: redactText(refused.why) }),
  };
}

function cameraBody(figures: CameraFigures): Body<'stats'>['cameras'][string] {
  const { captured, inferred, skipped, dropped, restarts } = figures;
  return {
    captured,
    inferred,
    skipped,
    dropped,
    capturedFps: round(figures.capturedFps, 2),
    inferredFps: round(figures.inferredFps, 2),
    skippedFps: round(figures.skippedFps, 2),
    droppedFps: round(figures.droppedFps, 2),
    restarts,
  };
}

function latencyBody(latencyMs: Partial<Record<Stage, LatencyFigures>>): Body<'stats'>['latencyMs'] {
  const body: Body<'stats'>['latencyMs'] = {};
  for (const stage of stages) {
    const figures = latencyMs[stage];
    if (figures === undefined) continue;
    const { p50, p95, p99, max, count } = figures;
    body[stage] = { p50: round(p50, 2), p95: round(p95, 2), p99: round(p99, 2), max: round(max, 2), count };
  }
  return body;
}
