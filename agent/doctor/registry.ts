// -> Every check, in the order of the report. A new one is a row here; what another engine has to say of itself, too.

import { readCpuFeatures } from '#common/cpu-features.js';
import { version } from '#common/package.js';
import { engineStates } from '../../models/runtime/engines/describe.js';
import { memoryBesideMB } from '../device/plan.js';
import { type Check, check } from './check.js';
import { judgeBroker } from './checks/broker.js';
import { judgeCameras } from './checks/cameras.js';
import { judgeClock } from './checks/clock.js';
import { judgeDevices } from './checks/devices.js';
import { judgeDisks } from './checks/disk.js';
import { judgeChance, judgeEngines } from './checks/engines.js';
import { judgeMemory } from './checks/memory.js';
import { judgeKept, judgeModel } from './checks/model.js';
import { judgePower } from './checks/power.js';
import { judgePorts, judgeService } from './checks/service.js';
import { judgeConfig, judgeSystem } from './checks/system.js';
import { judgeCapture, judgeElements } from './checks/video.js';
import { readBroker } from './facts/broker.js';
import { askCameras } from './facts/cameras.js';
import { readClock } from './facts/clock.js';
import { readDisks } from './facts/disk.js';
import { isRunning, readKept } from './facts/kept-networks.js';
import { readMemoryFacts } from './facts/memory.js';
import { presentModel, readModel } from './facts/model.js';
import { isAgentListening, readPorts } from './facts/ports.js';
import { readPower } from './facts/power.js';
import { readSystem } from './facts/system.js';
import { readElements, tryCapture } from './facts/video.js';
import { readDevices } from './facts/video-devices.js';
import type { Subject } from './subject.js';

/** What only reads files and asks local programs. */
const SHORT_MS = 30_000;
/** A slow card, a network of the largest size, a registry of GStreamer that is made anew. */
const LONG_MS = 60_000;
/** Some streams behind one address, one after the other until a login is accepted. */
const NETWORK_MS = 60_000;

export const CHECKS: readonly Check[] = [
  check({
    group: 'system',
    id: 'system.config',
    title: 'the configuration',
    limitMs: SHORT_MS,
    collect: async () => undefined,
    judge: judgeConfig,
  }),
  check({
    group: 'system',
    id: 'system',
    title: 'kernel, libraries and processor',
    limitMs: SHORT_MS,
    collect: (_subject, signal) => readSystem(signal),
    judge: judgeSystem,
  }),
  check({
    group: 'video',
    id: 'video.elements',
    title: "GStreamer's list of elements",
    limitMs: LONG_MS,
    collect: (_subject, signal) => readElements(signal),
    judge: judgeElements,
  }),
  check({
    group: 'video',
    id: 'video.capture',
    title: 'a frame of the demo clip',
    limitMs: LONG_MS,
    collect: (_subject, signal) => tryCapture(signal),
    judge: judgeCapture,
  }),
  check({
    group: 'model',
    id: 'model.files',
    title: 'a frame through the network',
    limitMs: LONG_MS,
    collect: ({ config, machine }, signal) => readModel(config, machine, signal),
    judge: judgeModel,
  }),
  check({
    group: 'model',
    id: 'model.engine',
    title: 'engines',
    limitMs: SHORT_MS,
    collect: async () => ({ states: await engineStates(), flags: (await readCpuFeatures()).flags }),
    judge: ({ states, flags }, subject) => [
      ...judgeEngines(states, subject),
      ...judgeChance(states, flags, subject.program),
    ],
  }),
  check({
    group: 'model',
    id: 'model.kept',
    title: 'networks that were kept',
    limitMs: SHORT_MS,
    collect: ({ folders }) => readKept(folders.cache, isRunning),
    judge: judgeKept,
  }),
  check({
    group: 'cameras',
    id: 'cameras.devices',
    title: 'video devices',
    limitMs: SHORT_MS,
    collect: ({ who }, signal) => readDevices(who, signal),
    judge: judgeDevices,
  }),
  check({
    group: 'cameras',
    id: 'cameras',
    title: 'cameras of the configuration',
    limitMs: NETWORK_MS,
    asksNetwork: true,
    collect: async ({ config }, signal) => (config === undefined ? [] : askCameras(config, signal)),
    judge: judgeCameras,
  }),
  check({
    group: 'messages',
    id: 'messages.broker',
    title: 'the broker',
    limitMs: NETWORK_MS,
    asksNetwork: true,
    collect: async ({ config }, signal) => {
      const facts = config && (await readBroker(config, await isAgentListening(config), signal));
      return { facts, nowMs: Date.now() };
    },
    judge: ({ facts, nowMs }, subject) => judgeBroker(facts, nowMs, subject),
  }),
  check({
    group: 'disk',
    id: 'disk',
    title: 'the disks',
    limitMs: SHORT_MS,
    collect: ({ folders, who }, signal) => readDisks(folders, who, signal),
    judge: judgeDisks,
  }),
  check({
    group: 'memory',
    id: 'memory',
    title: 'memory',
    limitMs: SHORT_MS,
    collect: async ({ service, config, machine }) => {
      // Why there is no model is told of the model.
      const model = await presentModel(config, machine).catch(() => undefined);
      return { memory: await readMemoryFacts(service), networkMB: model?.memoryMB };
    },
    judge: ({ memory, networkMB }, subject) =>
      judgeMemory(memory, { besideMB: memoryBesideMB(cameraCount(subject)), networkMB }, subject),
  }),
  check({
    group: 'clock',
    id: 'clock',
    title: 'the clock',
    limitMs: SHORT_MS,
    collect: ({ features }, signal) => readClock(features.flags.has('hypervisor'), signal),
    judge: judgeClock,
  }),
  check({
    group: 'power',
    id: 'power',
    title: 'clocks and heat',
    limitMs: SHORT_MS,
    collect: (_subject, signal) => readPower(signal),
    judge: judgePower,
  }),
  check({
    group: 'service',
    id: 'service.port',
    title: 'ports',
    limitMs: SHORT_MS,
    collect: async ({ config }, signal) => (config === undefined ? [] : readPorts(config, signal)),
    judge: judgePorts,
  }),
  check({
    group: 'service',
    id: 'service.unit',
    title: 'the service',
    limitMs: SHORT_MS,
    // Read already: it decides which configuration is looked at.
    collect: async ({ service }) => service,
    judge: (facts, subject) => judgeService(facts, version, subject),
  }),
];

function cameraCount({ config }: Subject): number {
  return Object.values(config?.cameras ?? { one: { enabled: true } }).filter(({ enabled }) => enabled).length;
}
