// Devices that answered the call -> what each says of itself, some at once.

import type { Credentials } from '../../pipelines/relay/authorization.js';
import type { Answer } from './answers.js';
import { ask } from './discover.js';
import type { FoundDevice } from './found-device.js';

export interface AskAllOptions {
  readonly credentials?: Credentials | undefined;
  /** For all that one is asked. */
  readonly limitMs: number;
  /** Once for each. */
  readonly onDone?: () => void;
}

/** Devices that are asked at once. */
const AT_ONCE = 8;

/** @returns in the order of the answers */
export async function askAll(
  answers: readonly Answer[],
  { onDone, ...options }: AskAllOptions,
  signal: AbortSignal,
): Promise<FoundDevice[]> {
  const found: FoundDevice[] = [];
  const waiting = [...answers.entries()];
  const next = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      found[one[0]] = await askAnswering(one[1], options, signal);
      onDone?.();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  return found;
}

export async function askAnswering(
  { from, name, service, foreignHosts }: Answer,
  { credentials, limitMs }: AskAllOptions,
  signal: AbortSignal,
): Promise<FoundDevice> {
  const notes = foreignHosts.map((host) => `it names a service at another host, ${host}: not contacted`);
  if (service === undefined)
    return {
      address: from,
      name,
      streams: [],
      notes,
      failure: 'unfit',
      message: 'no service at its own address',
    };
  const device = await ask(service, { hosts: [from], credentials, limitMs }, signal);
  return { ...device, name, notes: [...new Set([...notes, ...device.notes])] };
}
