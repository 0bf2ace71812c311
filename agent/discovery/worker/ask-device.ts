// A device -> what it is and where its streams are, asked in the order that ONVIF wants: its clock first, then who it is,
// with a login only where it asks for one, and that once.

import type { Credentials } from '../../../pipelines/relay/authorization.js';
import { tokenOf } from '../profiles.js';
import type { AskFailure, DeviceFacts, Task, Told } from '../words.js';
import { type Callback, CallError, Device, inXml } from './device.js';

const SILENCE_MS = 10_000;
/** A recorder has some for each of its cameras. */
const MOST_PROFILES = 64;

/** What ends the asking: nothing more is asked of the device. */
class AskError extends Error {
  override readonly name = 'AskError';

  constructor(
    readonly failure: AskFailure,
    message: string,
  ) {
    super(message);
  }
}

/** Tells one thing, whatever comes. */
export async function askDevice(
  { service, credentials }: Task & { readonly kind: 'ask' },
  tell: (told: Told) => void,
): Promise<void> {
  try {
    tell({ kind: 'facts', facts: await factsOf(new Device(service, SILENCE_MS), credentials) });
  } catch (error) {
    const failure = error instanceof AskError ? error.failure : failureOf(error);
    tell({ kind: 'failed', failure, message: messageOf(error) });
  }
}

type Ask = (method: (callback: Callback) => void) => Promise<unknown>;

async function factsOf(device: Device, credentials: Credentials | undefined): Promise<DeviceFacts> {
  const clockAheadMs = await clockAheadOf(device);
  const ask = loggingIn(device, credentials);
  const information = await ask((callback) => device.getDeviceInformation(callback));
  await ask((callback) => device.getServices(false, callback)).catch(
    // Devices of before 2011 do not know it.
    unlessOver(() => ask((callback) => device.getCapabilities(callback))),
  );
  const profiles = await profilesOf(device, ask);
  const streams: unknown[] = [];
  for (const profile of profiles) streams.push(await streamOf(device, profile, ask));
  const services = Object.values(device.uri ?? {}).map((uri) => uri?.href);
  return { clockAheadMs, information, services, profiles, streams };
}

/** A digest of WS-Security holds the time, by the clock of the device: it refuses one that is off. */
async function clockAheadOf(device: Device): Promise<number | undefined> {
  const time = await device
    .call((callback) => device.getSystemDateAndTime(callback as never))
    .catch((error: unknown) => {
      // Whoever does not answer at all is not asked again.
      if (failureOf(error) === 'unreachable') throw error;
      return undefined;
    });
  const ms = time instanceof Date ? time.getTime() : Number.NaN;
  if (Number.isFinite(ms) && Number.isFinite(device.timeShift)) return ms - Date.now();
  // Without one the library begins at 1970.
  device.timeShift = Date.now() - process.uptime() * 1000;
  return undefined;
}

/** @returns asks, and logs in at the first call that is refused; a call that is refused after that is the last one */
function loggingIn(device: Device, credentials: Credentials | undefined): Ask {
  let isLoggedIn = false;
  return async (method) => {
    try {
      return await device.call(method);
    } catch (error) {
      if (!(error instanceof CallError && error.isRefusal)) throw error;
      if (credentials === undefined)
        throw new AskError('login-wanted', 'it asks for a user name and a password');
      if (isLoggedIn) throw refused();
    }
    isLoggedIn = true;
    device.logIn(credentials);
    return device.call(method).catch((error: unknown) => {
      throw error instanceof CallError && error.isRefusal ? refused() : error;
    });
  };
}

function refused(): AskError {
  return new AskError('login-refused', 'it refuses the user name or the password');
}

/** What stands in for a call that failed, but for a failure that ends the asking. */
function unlessOver<T>(instead: () => T): (error: unknown) => T {
  return (error) => {
    if (error instanceof AskError) throw error;
    return instead();
  };
}

async function profilesOf(device: Device, ask: Ask): Promise<unknown[]> {
  const asked = () => ask((callback) => device.getProfiles(callback as never));
  const profiles = await asked().catch((error: unknown) => {
    if (error instanceof AskError || !device.media2Support) throw error;
    // Some name the newer service, and do not have it.
    device.media2Support = false;
    return asked();
  });
  return Array.isArray(profiles) ? profiles.slice(0, MOST_PROFILES) : [];
}

async function streamOf(device: Device, profile: unknown, ask: Ask): Promise<unknown> {
  const token = tokenOf(profile);
  if (token === undefined) return undefined;
  const options = { protocol: 'RTSP', profileToken: inXml(token) } as const;
  return ask((callback) => device.getStreamUri(options, callback)).catch(unlessOver(() => undefined));
}

/** The library stumbles over answers of another form than it expects. */
function messageOf(error: unknown): string {
  const cause = error instanceof CallError ? error.cause : error;
  if (cause instanceof TypeError || cause instanceof RangeError) return 'what it said could not be read';
  return cause instanceof Error ? cause.message : String(cause);
}

const UNREACHABLE =
  /timeout|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EPIPE|hang up|ENOTFOUND/i;

function failureOf(error: unknown): AskFailure {
  return UNREACHABLE.test(error instanceof Error ? error.message : String(error)) ? 'unreachable' : 'unfit';
}
