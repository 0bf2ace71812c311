// A machine without a configuration and somebody to ask -> a configuration that was tried, written whole or not at all.

import { hostname } from 'node:os';
import { expected } from '#common/errors.js';
import type { OwnNetwork } from '../discovery/networks.js';
import type { Subject } from '../doctor/subject.js';
import { BROKER_VARIABLE, type BrokerInput, type ChosenBroker, chooseBroker } from './broker-step.js';
import { type CamerasInput, type ChosenCameras, chooseCameras } from './cameras-step.js';
import { type Draft, deviceName, secretsOf } from './draft.js';
import { type FoundBroker, findBrokers } from './find-brokers.js';
import { type FoundCamera, findOnNetworks } from './find-cameras.js';
import type { Front } from './front.js';
import { isGrave, lookAtMachine, type Machine } from './machine.js';
import { freeVariable, type Variables } from './variables.js';

export interface LookOptions {
  readonly subject: Subject;
  readonly device?: string | undefined;
  readonly networks: readonly OwnNetwork[];
  /** How long answers of the networks are waited for. */
  readonly waitMs: number;
}

export interface Found {
  readonly device: string;
  readonly machine: Machine;
  readonly cameras: readonly FoundCamera[];
  readonly brokers: readonly FoundBroker[];
}

/** All of it side by side; nothing is asked, and no login sent. */
export async function lookAround(
  { subject, device = deviceName(hostname()), networks, waitMs }: LookOptions,
  front: Front,
  signal: AbortSignal,
): Promise<Found> {
  const notes: string[] = [];
  const options = { waitMs, onFailure: (line: string) => notes.push(line) };
  front.tell({ kind: 'doing', what: 'looking at this machine, for cameras and for brokers' });
  const [machine, onNetworks, brokers] = await Promise.all([
    lookAtMachine(subject, signal),
    findOnNetworks(networks, options, signal),
    findBrokers(networks, { ...options, device }, signal),
  ]);
  const devices = machine.devices.map(({ path, name }): FoundCamera => ({ kind: 'device', key: path, name }));
  const cameras = [...onNetworks, ...devices];
  front.tell({ kind: 'machine', findings: machine.findings, sudo: subject.sudo });
  front.tell({ kind: 'found', cameras, brokers, notes: [...new Set(notes)] });
  return { device, machine, cameras, brokers };
}

export interface Given {
  readonly cameras: CamerasInput['given'];
  readonly cameraLogin?: CamerasInput['login'];
  readonly broker?: string | undefined;
  readonly brokerLogin?: BrokerInput['login'];
  readonly ca?: string | undefined;
}

/**
 * @param taken in the configuration that they are written into
 * @throws CspcamError where this machine plays no video; the reason of the signal
 */
export async function chooseSome(
  found: Found,
  { cameras: given, cameraLogin: login }: Given,
  taken: CamerasInput['taken'],
  front: Front,
  signal: AbortSignal,
): Promise<ChosenCameras> {
  const grave = found.machine.findings.filter(isGrave);
  if (grave.length > 0)
    throw expected('a machine that plays video', grave.map(({ id }) => id).join(', '), 'what is said above');
  return chooseCameras({ found: found.cameras, given, login, taken }, front, signal);
}

/**
 * Cameras first, then the broker; each is tried before it is taken.
 *
 * @param variables of the configuration that they are written into
 * @throws as `chooseSome`
 */
export async function chooseAll(
  found: Found,
  given: Given,
  variables: Variables,
  front: Front,
  signal: AbortSignal,
): Promise<Draft> {
  const chosen = await chooseSome(found, given, { ids: [], variables }, front, signal);
  const { device, brokers } = found;
  const { broker, brokerLogin, ca } = given;
  const input = { found: brokers, device, url: broker, login: brokerLogin, ca };
  return draftOf(chosen, await chooseBroker(input, front, signal), variables);
}

function draftOf(
  { cameras, logins }: ChosenCameras,
  { device, keys }: ChosenBroker,
  variables: Variables,
): Draft {
  const { password, ...mqtt } = keys;
  const variable = freeVariable(BROKER_VARIABLE, password ?? '', variables);
  return {
    device,
    mqtt: { ...mqtt, ...(password !== undefined && { password: `\${${variable}}` }) },
    cameras: Object.fromEntries(cameras.map((camera) => [camera.id, camera.keys])),
    secrets: { ...secretsOf(logins), ...(password !== undefined && { [variable]: password }) },
  };
}
