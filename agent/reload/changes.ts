// What runs and another setup -> what has to happen so that the other one runs, and which keys are why.

import { isDeepStrictEqual } from 'node:util';
import { lowestScoreOf } from '../cameras/camera-settings.js';
import { everySeconds } from '../config/pictures.js';
import { type Config, type MqttConfig, usesEmbeddedBroker } from '../config/schema.js';
import type { Setup } from '../inference/setup.js';
import { type CameraChange, changedKeys, changeOfCamera } from './camera-changes.js';

export interface Changes {
  readonly cameras: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    /** By camera; only those that differ in something. */
    readonly changed: ReadonlyMap<string, CameraChange>;
    readonly unchanged: readonly string[];
  };
  /** Keys outside `cameras`, dotted; `model` also where its files alone are others. */
  readonly keys: readonly string[];
  /** The network is opened anew. */
  readonly detector: boolean;
  readonly embeddedBroker: boolean;
  /** The connections to the broker are made anew. */
  readonly session: boolean;
  /** Topics are below another base or device. */
  readonly names: boolean;
  readonly encodings: boolean;
  /** Pictures at regular times. */
  readonly regularPictures: boolean;
  readonly regularReports: boolean;
  readonly prometheus: boolean;
  readonly page: boolean;
}

/** Of `mqtt`: all others are taken over while the connection stays. */
const OF_SESSION = [
  'url',
  'username',
  'password',
  'clientId',
  'base',
  'protocol',
  'keepAliveSeconds',
  'tls',
] as const satisfies readonly (keyof MqttConfig)[];

export function changesBetween(from: Setup, to: Setup): Changes {
  const [before, after] = [from.config, to.config];
  const isModel = !isDeepStrictEqual(from.model.description, to.model.description);
  const detector = !isDeepStrictEqual(detectorKeys(from), detectorKeys(to));
  const names = before.device !== after.device || before.mqtt.base !== after.mqtt.base;
  const embeddedBroker = !isDeepStrictEqual(brokerKeys(before), brokerKeys(after));
  const session =
    names ||
    OF_SESSION.some((key) => !isDeepStrictEqual(before.mqtt[key], after.mqtt[key])) ||
    (embeddedBroker && usesEmbeddedBroker(after.mqtt));
  return {
    cameras: changesOfCameras(from, to),
    keys: [...new Set([...keysOf(before, after), ...(isModel ? ['model'] : [])])],
    detector,
    embeddedBroker,
    session,
    names,
    encodings: session || !isDeepStrictEqual(before.mqtt.encodings, after.mqtt.encodings),
    regularPictures: !isDeepStrictEqual(everySeconds(before), everySeconds(after)),
    regularReports: before.stats.intervalSeconds !== after.stats.intervalSeconds,
    prometheus: !isDeepStrictEqual(before.stats.prometheus, after.stats.prometheus),
    page: !isDeepStrictEqual(before.page, after.page),
  };
}

/** It keeps the client id for the agent. */
function brokerKeys({ mqtt: { embeddedBroker, clientId } }: Config) {
  return embeddedBroker && { ...embeddedBroker, clientId };
}

/** All that the network in its threads is opened with. */
function detectorKeys({ config, model, execution }: Setup) {
  const { provider, precision, oneLabelOf } = config.inference;
  const { sessions, threads } = execution;
  // Also where it is the same elsewhere: it is opened from there when the detector has failed.
  const { description, directory } = model;
  return {
    description,
    directory,
    provider,
    precision,
    oneLabelOf,
    sessions,
    threads,
    score: lowestScoreOf(config),
  };
}

function changesOfCameras(from: Setup, to: Setup): Changes['cameras'] {
  const ids = Object.keys(to.config.cameras);
  const stay = ids.filter((id) => Object.hasOwn(from.config.cameras, id));
  const changes = stay.map((id) => [id, changeOfCamera(id, from, to)] as const);
  return {
    added: ids.filter((id) => !stay.includes(id)),
    removed: Object.keys(from.config.cameras).filter((id) => !stay.includes(id)),
    changed: new Map(
      changes.flatMap(([id, change]) => (change === undefined ? [] : [[id, change] as const])),
    ),
    unchanged: changes.flatMap(([id, change]) => (change === undefined ? [id] : [])),
  };
}

function keysOf({ cameras: _, ...before }: Config, { cameras: __, ...after }: Config): string[] {
  return changedKeys(before, after);
}
