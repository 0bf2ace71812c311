// The plan of the house -> who may import whom. `npm run lint` holds every file to it.
//
//   agent/cli        commands; nobody but the command line imports them
//   agent/*          the rooms of the daemon; analytics and telemetry know nothing of messaging
//   models/  pipelines/   networks, and video: libraries that know neither each other nor the agent
//   agent/common     the ground floor: errors, clock, files; it imports nothing of ours

const product = '^(agent|models|pipelines|device-profiles)/';

/** Packages that are native or open connections: one package, one owner. A folder owns with all its files. */
const owners = {
  aedes: 'agent/messaging/broker/embedded-broker.ts',
  commander: 'agent/cli/',
  'd3-scale': 'agent/common/chart/',
  'd3-shape': 'agent/common/chart/',
  'gstreamer-superficial': 'pipelines/capture/child/pipeline.ts',
  mqtt: 'agent/messaging/broker/client.ts',
  munkres: 'agent/analytics/tracking/assignment.ts',
  'onnxruntime-node': 'models/runtime/onnxruntime.ts',
  onvif: 'agent/discovery/worker/',
  'p-timeout': 'agent/common/time-limit.ts',
  pino: 'agent/telemetry/log.ts',
  'pino-pretty': 'agent/telemetry/log.ts',
  protobufjs: 'models/onnx/protobuf.ts',
  sharp: 'pipelines/images.ts',
  'sparkplug-payload': 'agent/messaging/encodings/sparkplug-payload.ts',
  systeminformation: 'agent/telemetry/machine-load.ts',
  yaml: 'agent/config/',
};

/** Code without a clock, file, network or process of its own: what goes in decides what comes out. */
const pure = [
  'agent/analytics/tracking/',
  'agent/bench/camera-search.ts',
  'agent/bench/columns.ts',
  'agent/bench/csv.ts',
  'agent/bench/figures.ts',
  'agent/bench/labels.ts',
  'agent/bench/report/',
  'agent/bench/row.ts',
  'agent/bench/task.ts',
  'agent/bench/throttling.ts',
  'agent/cameras/frame-rate-limit.ts',
  'agent/common/chart/',
  'agent/common/condition.ts',
  'agent/common/errors.ts',
  'agent/common/palette.ts',
  'agent/common/plain-text.ts',
  'agent/common/redact.ts',
  'agent/common/secrets.ts',
  'agent/device/choose-model.ts',
  'agent/device/choose-present.ts',
  'agent/device/detect-profile.ts',
  'agent/device/execution-mode.ts',
  'agent/device/execution-target.ts',
  'agent/device/limits.ts',
  'agent/device/live-cpu.ts',
  'agent/device/paper-table.ts',
  'agent/device/plan.ts',
  'agent/device/plan-reasons.ts',
  'agent/device/plan-row.ts',
  'agent/discovery/answers.ts',
  'agent/discovery/found-device.ts',
  'agent/discovery/profiles.ts',
  'agent/discovery/suggestion.ts',
  'agent/messaging/encodings/onvif.ts',
  'agent/messaging/encodings/onvif-types.ts',
  'agent/messaging/encodings/sparkplug-metrics.ts',
  'agent/messaging/outbox/replay-pace.ts',
  'agent/messaging/payloads/',
  'agent/messaging/topics.ts',
  'agent/telemetry/stages.ts',
  'models/cost/',
  'models/darknet/',
  'models/decode/',
  'models/detection.ts',
  'models/evaluate/average-precision.ts',
  'models/graph/',
  'models/import/attributes.ts',
  'models/import/cells.ts',
  'models/import/conventions.ts',
  'models/import/describe-layers.ts',
  'models/import/facts.ts',
  'models/import/fold.ts',
  'models/import/kinds/',
  'models/import/labels.ts',
  'models/import/picture-input.ts',
  'models/import/picture-readers.ts',
  'models/import/recognise.ts',
  'models/import/rename-value.ts',
  'models/import/runtime-words.ts',
  'models/import/soundness.ts',
  'models/import/tensorrt.ts',
  'models/layers/',
  'models/networks/',
  'models/onnx/',
  'models/passes/',
  'models/quantize/calibrate.ts',
  'models/quantize/forms/',
  'models/quantize/histogram.ts',
  'models/quantize/kernel.ts',
  'models/quantize/plot.ts',
  'models/quantize/qdq.ts',
  'models/quantize/range.ts',
  'models/quantize/repeat-cells.ts',
  'models/quantize/shared-scales.ts',
  'models/weights.ts',
  'pipelines/capture/child/drop-count.ts',
  'pipelines/capture/child/frame-times.ts',
  'pipelines/capture/child/gate.ts',
  'pipelines/capture/child/gdp.ts',
  'pipelines/capture/child/motion.ts',
  'pipelines/capture/child/picture-planes.ts',
  'pipelines/capture/frame-numbers.ts',
  'pipelines/capture/records.ts',
  'pipelines/failure.ts',
  'pipelines/frame-pool.ts',
  'pipelines/frame.ts',
  'pipelines/iso-order.ts',
  'pipelines/launch.ts',
  'pipelines/letterbox.ts',
  'pipelines/newest.ts',
  'pipelines/picture-size.ts',
  'pipelines/relay/address.ts',
  'pipelines/relay/key-frame-gate.ts',
  'pipelines/relay/packet-order.ts',
  'pipelines/relay/rtsp-message.ts',
  'pipelines/relay/sdp.ts',
  'pipelines/sources.ts',
];
/** They compute, and nothing else. The names of Node's own modules come without `node:` here. */
const purePackages = [
  'd3-scale',
  'd3-shape',
  'munkres',
  'protobufjs',
  'zod',
  'buffer',
  'module',
  'util',
  'path',
  'url',
];

/** Values that messaging and telemetry take from below: words of a failure, and boxes. Nothing is opened. */
const namedValues = ['models/decode/boxes.ts', 'pipelines/failure.ts'];

/** Gone after compilation. */
const types = ['type-only', 'type-import'];

/** Files by their whole name, folders (with a slash) by their beginning. @returns a regular expression */
const anyOf = (places) =>
  `^(${places.map((place) => place.replaceAll('.', '\\.') + (place.endsWith('/') ? '' : '$')).join('|')})`;
/** Where a package is, or its bare name where it is not installed. @returns a regular expression */
const packages = (names) => `^(node_modules/)?(${names.join('|')})(/|$)`;

/** Files and folders that the rules name: each must exist, or its rule holds nobody. */
export const places = [...Object.values(owners), ...pure, ...namedValues];

export default {
  forbidden: [
    {
      name: 'no-circle',
      comment: 'What two files both need is a file of its own, below them.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'ground-floor',
      comment: 'agent/common carries the house and so stands on nothing of it.',
      severity: 'error',
      from: { path: '^agent/common/' },
      to: { path: `${product}|^scripts/`, pathNot: '^agent/common/' },
    },
    {
      name: 'shared-types',
      comment: 'Detections and frames are words of everybody: they need nobody.',
      severity: 'error',
      from: { path: anyOf(['models/detection.ts', 'pipelines/frame.ts']) },
      to: { path: product },
    },
    {
      name: 'models-alone',
      comment: 'Networks know neither video nor the agent.',
      severity: 'error',
      from: { path: '^models/' },
      to: { path: `${product}|^scripts/`, pathNot: '^(models|agent/common)/' },
    },
    {
      name: 'pipelines-alone',
      comment: 'Video knows neither networks nor the agent.',
      severity: 'error',
      from: { path: '^pipelines/' },
      to: { path: `${product}|^scripts/`, pathNot: '^(pipelines|agent/common)/' },
    },
    {
      name: 'outside-by-types',
      comment: 'Messages and figures tell of capture and inference; they start neither.',
      severity: 'error',
      from: { path: '^agent/(messaging|telemetry)/' },
      to: { path: '^(models|pipelines)/', pathNot: anyOf(namedValues), dependencyTypesNot: types },
    },
    {
      name: 'values-before-messages',
      comment: 'Analytics and telemetry speak in values of their own; only messaging knows what is sent.',
      severity: 'error',
      from: { path: '^agent/(analytics|telemetry)/' },
      to: { path: '^agent/messaging/' },
    },
    {
      name: 'command-line-on-top',
      comment: 'Commands call the rooms, never the other way.',
      severity: 'error',
      from: { path: product, pathNot: '^agent/cli/' },
      to: { path: '^agent/cli/' },
    },
    {
      name: 'discovery-by-command',
      comment: 'What reads the XML of strangers is loaded by whoever looks for cameras, never by the daemon.',
      severity: 'error',
      from: { path: product, pathNot: '^agent/(cli|discovery)/' },
      to: { path: '^agent/discovery/' },
    },
    {
      name: 'bench-alone',
      comment: 'The agent benches its detector; a bench of the agent gets one from the command.',
      severity: 'error',
      from: { path: '^agent/bench/' },
      to: { path: '^agent/(agent\\.ts$|(messaging|telemetry|cameras|analytics)/)' },
    },
    {
      name: 'product-without-tools',
      comment: 'Nothing that runs on a device imports scripts, tests or development dependencies.',
      severity: 'error',
      from: { path: product },
      to: { path: '^(scripts|test)/' },
    },
    {
      name: 'installed-packages',
      comment: 'A package that is imported is a dependency, not a development dependency.',
      severity: 'error',
      from: { path: product },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown'],
        dependencyTypesNot: types,
      },
    },
    {
      name: 'small-capture',
      comment: 'There is a capture process for each camera: it loads GStreamer, and no library beside.',
      severity: 'error',
      from: { path: '^pipelines/capture/child\\.ts$' },
      to: { path: '^node_modules/', pathNot: packages(['gstreamer-superficial']), reachable: true },
    },
    {
      name: 'pure-code',
      comment: 'Pure code imports pure code, so that a table of numbers is enough to test it.',
      severity: 'error',
      from: { path: anyOf(pure) },
      to: { pathNot: [anyOf(pure), packages(purePackages)], dependencyTypesNot: types },
    },
    ...Object.entries(owners).map(([name, owner]) => ({
      name: `owner-of-${name}`,
      comment: `Only ${owner} imports ${name}: others take what it makes of it.`,
      severity: 'error',
      from: { path: product, pathNot: anyOf([owner]) },
      to: { path: packages([name]) },
    })),
  ],
  options: {
    doNotFollow: { path: '^(node_modules|dist)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json', '.node'],
    },
  },
};
