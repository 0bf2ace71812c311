// Counters -> a real scrape, read by a parser of its own and, where it is installed, by promtool.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BOUNDS_SECONDS, BucketCounts } from '../../../agent/telemetry/bucket-counts.js';
import { StatsCollector } from '../../../agent/telemetry/collector.js';
import { type MetricsInput, metricsOf } from '../../../agent/telemetry/metrics.js';
import { PrometheusServer } from '../../../agent/telemetry/prometheus.js';
import { type Metric, prometheusText } from '../../../agent/telemetry/prometheus-text.js';
import { closeAfterEach, never } from '../../support/ending.js';
import { parsePrometheus } from '../../support/prometheus.js';
import { hasProgram } from '../../support/tools.js';

const stopLater = closeAfterEach();

function makeInput(): MetricsInput {
  const stats = new StatsCollector(() => 0);
  const door = stats.camera('door');
  for (const sequence of [0, 1, 4]) door.arrived(sequence);
  door.dropped();
  door.inferred();
  door.restarted();
  stats.camera('yard');
  for (const ms of [0.5, 20, 20.001, 70_000]) stats.latency('inference', ms);
  for (const found of [3, 0]) stats.secondLooks.looked({ looks: 2, found, inferenceMs: 125 });
  return {
    version: '1.2.3',
    model: 'the "best" \\ of\nall',
    provider: 'cpu',
    totals: stats.totals,
    running: { door: true, yard: false },
    inferenceAgeSeconds: 0.25,
    mqtt: { published: 1500, droppedOffline: 3, droppedSlow: 2, refused: 7, connects: 4, connected: true },
    outbox: {
      produced: 217,
      delivered: 200,
      expired: 3,
      refusedFor: { 'not-authorized': 4 },
      evictedFor: { space: 2, disk: 1 },
      inMemory: 2,
      pending: 5,
    },
    process: { cpuSeconds: 12.25, residentBytes: 142_000_000, startedSeconds: 1_767_323_045.678 },
  };
}

/** A server whose port in use is tried again soon, with what it tells of itself. */
function makeServer(port: number, metrics: () => readonly Metric[] = () => metricsOf(makeInput())) {
  const told: (string | number)[] = [];
  let onPort: (port: number) => void;
  const listening = new Promise<number>((resolve) => {
    onPort = resolve;
  });
  const server = stopLater(
    new PrometheusServer({
      host: '127.0.0.1',
      port,
      metrics,
      onFailure: ({ message }, retryInMs) => told.push(message, retryInMs),
      onListening: (address) => onPort(address.port),
      backoff: { firstMs: 20, longestMs: 40 },
      random: () => 1,
    }),
  );
  return { server, told, listening };
}

async function serve(metrics?: () => readonly Metric[]): Promise<number> {
  const { server, listening } = makeServer(0, metrics);
  await server.start(never);
  return listening;
}

const scrape = async (port: number) => {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  return { type: response.headers.get('content-type'), text: await response.text() };
};

const samples: [name: string, type: string, samples: Record<string, number>][] = [
  [
    'cspcam_info',
    'gauge',
    { 'cspcam_info{version="1.2.3",model="the \\"best\\" \\\\ of\\nall",provider="cpu"}': 1 },
  ],
  [
    'cspcam_camera_running',
    'gauge',
    { 'cspcam_camera_running{camera="door"}': 1, 'cspcam_camera_running{camera="yard"}': 0 },
  ],
  [
    'cspcam_camera_captured_frames_total',
    'counter',
    {
      'cspcam_camera_captured_frames_total{camera="door"}': 5,
      'cspcam_camera_captured_frames_total{camera="yard"}': 0,
    },
  ],
  [
    'cspcam_camera_inferred_frames_total',
    'counter',
    {
      'cspcam_camera_inferred_frames_total{camera="door"}': 1,
      'cspcam_camera_inferred_frames_total{camera="yard"}': 0,
    },
  ],
  [
    'cspcam_camera_skipped_frames_total',
    'counter',
    {
      'cspcam_camera_skipped_frames_total{camera="door"}': 0,
      'cspcam_camera_skipped_frames_total{camera="yard"}': 0,
    },
  ],
  [
    'cspcam_camera_dropped_frames_total',
    'counter',
    {
      'cspcam_camera_dropped_frames_total{camera="door"}': 3,
      'cspcam_camera_dropped_frames_total{camera="yard"}': 0,
    },
  ],
  [
    'cspcam_camera_restarts_total',
    'counter',
    { 'cspcam_camera_restarts_total{camera="door"}': 1, 'cspcam_camera_restarts_total{camera="yard"}': 0 },
  ],
  ['cspcam_inference_age_seconds', 'gauge', { cspcam_inference_age_seconds: 0.25 }],
  ['cspcam_second_look_frames_total', 'counter', { cspcam_second_look_frames_total: 2 }],
  ['cspcam_second_looks_total', 'counter', { cspcam_second_looks_total: 4 }],
  [
    'cspcam_second_look_inference_seconds_total',
    'counter',
    { cspcam_second_look_inference_seconds_total: 0.25 },
  ],
  ['cspcam_second_look_detections_total', 'counter', { cspcam_second_look_detections_total: 3 }],
  ['cspcam_mqtt_connected', 'gauge', { cspcam_mqtt_connected: 1 }],
  ['cspcam_mqtt_connects_total', 'counter', { cspcam_mqtt_connects_total: 4 }],
  ['cspcam_mqtt_published_messages_total', 'counter', { cspcam_mqtt_published_messages_total: 1500 }],
  ['cspcam_mqtt_refused_messages_total', 'counter', { cspcam_mqtt_refused_messages_total: 7 }],
  [
    'cspcam_mqtt_dropped_messages_total',
    'counter',
    {
      'cspcam_mqtt_dropped_messages_total{reason="offline"}': 3,
      'cspcam_mqtt_dropped_messages_total{reason="slow"}': 2,
    },
  ],
  ['cspcam_outbox_produced_events_total', 'counter', { cspcam_outbox_produced_events_total: 217 }],
  ['cspcam_outbox_delivered_events_total', 'counter', { cspcam_outbox_delivered_events_total: 200 }],
  [
    'cspcam_outbox_refused_events_total',
    'counter',
    { 'cspcam_outbox_refused_events_total{reason="not-authorized"}': 4 },
  ],
  ['cspcam_outbox_expired_events_total', 'counter', { cspcam_outbox_expired_events_total: 3 }],
  [
    'cspcam_outbox_evicted_events_total',
    'counter',
    {
      'cspcam_outbox_evicted_events_total{reason="space"}': 2,
      'cspcam_outbox_evicted_events_total{reason="disk"}': 1,
    },
  ],
  ['cspcam_outbox_pending_events', 'gauge', { cspcam_outbox_pending_events: 5 }],
  ['cspcam_outbox_memory_events', 'gauge', { cspcam_outbox_memory_events: 2 }],
  ['cspcam_process_cpu_seconds_total', 'counter', { cspcam_process_cpu_seconds_total: 12.25 }],
  ['cspcam_process_resident_memory_bytes', 'gauge', { cspcam_process_resident_memory_bytes: 142_000_000 }],
  ['cspcam_process_start_time_seconds', 'gauge', { cspcam_process_start_time_seconds: 1_767_323_045.678 }],
];

describe('a scrape', () => {
  test('has these metrics and the histogram, each of its type', async () => {
    const { type, text } = await scrape(await serve());
    expect(type).toBe('text/plain; version=0.0.4; charset=utf-8');
    const families = parsePrometheus(text);
    expect([...families.keys()].sort()).toEqual(
      [...samples.map(([name]) => name), 'cspcam_stage_duration_seconds'].sort(),
    );
    for (const [name, kind, values] of samples) {
      const family = families.get(name)!;
      expect([family.type, Object.fromEntries(family.samples)]).toEqual([kind, values]);
      expect(name.endsWith('_total')).toBe(kind === 'counter');
    }
  });

  test('counts times in buckets that hold those below', async () => {
    const families = parsePrometheus((await scrape(await serve())).text);
    const { type, samples: of } = families.get('cspcam_stage_duration_seconds')!;
    const bucket = (stage: string, le: string) =>
      of.get(`cspcam_stage_duration_seconds_bucket{stage="${stage}",le="${le}"}`);
    expect(type).toBe('histogram');
    const bounds = [...BOUNDS_SECONDS.map(String), '+Inf'];
    expect(bounds.map((le) => bucket('inference', le))).toEqual([1, 1, 1, 1, 2, ...Array(11).fill(3), 4]);
    expect(bounds.map((le) => bucket('total', le))).toEqual(Array(17).fill(0));
    expect(of.get('cspcam_stage_duration_seconds_count{stage="inference"}')).toBe(4);
    expect(of.get('cspcam_stage_duration_seconds_sum{stage="inference"}')).toBeCloseTo(70.040501, 9);
  });

  test('the machine: as the last stats had it', async () => {
    const machine = {
      ...{ cpuPercent: 50, memoryUsedBytes: 1, memoryTotalBytes: 2 },
      temperaturesC: { 'GPU-therm': 61.5 },
      gpu: { loadPercent: 87.5, clockMHz: 1300.5 },
      powerWatts: { VDD_IN: 7.4 },
    };
    const families = parsePrometheus(
      (await scrape(await serve(() => metricsOf({ ...makeInput(), machine })))).text,
    );
    const value = (name: string, labels = '') => families.get(name)?.samples.get(`${name}${labels}`);
    expect(value('cspcam_temperature_celsius', '{sensor="GPU-therm"}')).toBe(61.5);
    expect(value('cspcam_gpu_load_ratio')).toBe(0.875);
    expect(value('cspcam_gpu_clock_hertz')).toBe(1_300_500_000);
    expect(value('cspcam_power_watts', '{rail="VDD_IN"}')).toBe(7.4);
  });

  test('shows what is true now, and stats do not reset it', async () => {
    const stats = new StatsCollector(() => 0);
    const load = {
      process: { cpuPercent: 0, residentBytes: 0 },
      system: { cpuPercent: 0, memoryUsedBytes: 0, memoryTotalBytes: 0, temperaturesC: {} },
    };
    const port = await serve(() => metricsOf({ ...makeInput(), totals: stats.totals }));
    const count = async () => {
      const families = parsePrometheus((await scrape(port)).text);
      return [
        families
          .get('cspcam_stage_duration_seconds')!
          .samples.get('cspcam_stage_duration_seconds_count{stage="wait"}'),
        families
          .get('cspcam_camera_inferred_frames_total')
          ?.samples.get('cspcam_camera_inferred_frames_total{camera="a"}'),
      ];
    };
    expect(await count()).toEqual([0, undefined]);
    for (let i = 1; i <= 3; i++) {
      stats.latency('wait', 5);
      stats.camera('a').inferred();
      stats.take(load);
      expect(await count()).toEqual([i, i]);
    }
  });

  // scripts/setup takes it out of a package whose server nobody wants to run.
  const kept = resolve(import.meta.dirname, '../../../node_modules/.cache/cspcam/promtool');
  const promtool = existsSync(kept) ? kept : 'promtool';
  test.skipIf(!hasProgram(promtool, '--version'))('promtool has nothing to say', async () => {
    const { text } = await scrape(await serve());
    const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], {
      input: text,
      encoding: 'utf8',
    });
    expect([status, stdout, stderr]).toEqual([0, '', '']);
  });
});

describe('buckets', () => {
  test.each([
    [0, 0],
    [0.001, 0],
    [0.0010001, 1],
    [10, BOUNDS_SECONDS.length - 1],
    [10.1, BOUNDS_SECONDS.length],
  ])('%d s belongs to bucket %d', (seconds, bucket) => {
    const counts = new BucketCounts();
    counts.record(seconds);
    expect(counts.cumulative.indexOf(1)).toBe(bucket);
    expect(counts.sum).toBe(seconds);
  });

  test('bounds grow', () => {
    expect([...BOUNDS_SECONDS].sort((a, b) => a - b)).toEqual([...BOUNDS_SECONDS]);
  });
});

test('README lists every metric with its type and labels', () => {
  const readme = readFileSync(join(import.meta.dirname, '../../../agent/telemetry/README.md'), 'utf8');
  const rows = [...readme.matchAll(/^\| `(cspcam_\w+)` *\| (\w+) *\| ?(.*?) *\|$/gm)].map((row) =>
    row.slice(1),
  );
  const load = { cpuPercent: 1, memoryUsedBytes: 1, memoryTotalBytes: 2 };
  const gpu = { loadPercent: 1, clockMHz: 1 };
  const machine = { ...load, temperaturesC: { cpu: 1 }, gpu, powerWatts: { in: 1 } };
  expect(rows).toEqual(
    metricsOf({ ...makeInput(), machine }).map(({ name, values }) => [
      `cspcam_${name}`,
      values.type,
      Object.keys(values.samples[0]![0]).join(', '),
    ]),
  );
});

test('metrics without a sample are left out', () => {
  const values = { type: 'counter', samples: [] } as const;
  expect(prometheusText([{ name: 'a_total', help: 'a', values }])).toBe('');
});

const answers: [method: string, path: string, status: number][] = [
  ['GET', '/metrics', 200],
  ['GET', '/metrics?a=b', 200],
  ['HEAD', '/metrics', 200],
  ['POST', '/metrics', 405],
  ['GET', '/', 404],
  ['GET', '/metrics/../../etc/passwd', 404],
];
test.each(answers)('%s %s is %d', async (method, path, status) => {
  const port = await serve();
  const received = await new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, method, path }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
  expect(received).toBe(status);
});

test('a port in use does not prevent the start: it is told of, tried again, and taken once it is free', async () => {
  const first = makeServer(0);
  await first.server.start(never);
  const port = await first.listening;
  const second = makeServer(port);
  await second.server.start(never);
  expect(second.told.slice(0, 2)).toEqual([
    `expected a free address for stats.prometheus, received 127.0.0.1:${port} (in use)`,
    20,
  ]);
  await first.server.stop();
  expect(await second.listening).toBe(port);
  expect((await scrape(port)).text).toContain('cspcam_info');
});

test('stopping twice is safe and ends open connections', async () => {
  const { server, listening } = makeServer(0);
  await server.start(never);
  const port = await listening;
  await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { connection: 'keep-alive' } });
  await Promise.all([server.stop(), server.stop()]);
  await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
});

test('an aborted start rejects with the reason and listens nowhere; a stopped server does not start', async () => {
  const controller = new AbortController();
  const { server, told } = makeServer(0);
  const starting = server.start(controller.signal);
  controller.abort(new Error('enough'));
  await expect(starting).rejects.toThrow('enough');
  const stopped = makeServer(0);
  await stopped.server.stop();
  await expect(stopped.server.start(never)).rejects.toThrow();
  expect([...told, ...stopped.told]).toEqual([]);
});
