// Devices that were found -> cameras of a configuration: which stream to look at, which for pictures, under what id. Pure.

import { redactText } from '#common/redact.js';
import type { FoundDevice, FoundStream } from './found-device.js';

export interface SuggestedCamera {
  readonly source: string;
  /** Where there is a smaller stream. */
  readonly detect?: string;
}

export interface Login {
  readonly user: string;
  readonly password: string;
  /** Which the addresses name in place of the password; default `CAMERA_PASSWORD`. */
  readonly variable?: string | undefined;
}

/** Environment variable in which the password is given. */
export const PASSWORD_VARIABLE = 'CAMERA_PASSWORD';

/** Networks take pictures of about this width: a stream with less shows less to them. */
const ENOUGH_WIDTH = 416;
const LONGEST_ID = 40;
/** What the capture plays. */
const CODECS = ['H264', 'H265', 'JPEG', 'MPEG4', 'MPV4-ES', 'AV1'];

/**
 * @param login of the cameras; its password is in none of what comes out
 * @param taken ids of other cameras
 * @returns by id: one camera for each lens
 */
export function suggestedCameras(
  devices: readonly FoundDevice[],
  login?: Login,
  taken: Readonly<Record<string, unknown>> = {},
): Record<string, SuggestedCamera> {
  const cameras: Record<string, SuggestedCamera> = {};
  for (const device of devices) {
    const played = device.streams.filter(isPlayed);
    const lenses = new Set(played.map(({ videoSource }) => videoSource));
    for (const lens of lenses) {
      const streams = played.filter(({ videoSource }) => videoSource === lens);
      const { main, sub } = mainAndSub(streams);
      cameras[freeId(`${device.name ?? device.model ?? ''}`, { ...taken, ...cameras })] = {
        source: sourceOf(main.address, login),
        ...(sub && { detect: sourceOf(sub.address, login) }),
      };
    }
  }
  return cameras;
}

function isPlayed({ codec }: FoundStream): boolean {
  return codec === undefined || CODECS.includes(codec);
}

/**
 * The largest; and of the smaller ones the smallest that shows enough, H.264 before what costs more to decode. Some devices
 * give one address for all their profiles: which stream is there is not known.
 */
function mainAndSub(streams: readonly FoundStream[]): { main: FoundStream; sub?: FoundStream | undefined } {
  const [main, ...others] = streams.toSorted((a, b) => area(b) - area(a));
  const smaller = others
    .filter((stream) => area(stream) > 0 && area(stream) < area(main!) && stream.address !== main!.address)
    .reverse();
  const wide = smaller.filter(({ width = 0 }) => width >= ENOUGH_WIDTH);
  const sub = wide.find(({ codec }) => codec === 'H264') ?? wide[0] ?? smaller.at(-1);
  return { main: main!, sub };
}

function area({ width = 0, height = 0 }: FoundStream): number {
  return width * height;
}

/** An id of letters, digits and `-` that is like the name and not taken. */
export function freeId(name: string, taken: object): string {
  const words = name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const id = words.slice(0, LONGEST_ID).replace(/^-+|-+$/g, '') || 'camera';
  for (let number = 1; ; number++) {
    const numbered = number === 1 ? id : `${id}-${number}`;
    if (!Object.hasOwn(taken, numbered)) return numbered;
  }
}

/** With the user, and the name of a variable for the password. */
function sourceOf(address: string, login: Login | undefined): string {
  // In a configuration `${NAME}` would stand for whatever the environment has of that name.
  const plain = hidden(address, login).replaceAll(/\$(?=\{)/g, '$$$$');
  if (login === undefined) return plain;
  const variable = `\${${login.variable ?? PASSWORD_VARIABLE}}`;
  return plain
    .replaceAll(GIVEN, variable)
    .replace('://', () => `://${encodeURIComponent(login.user)}:${variable}@`);
}

/** An address as it may be printed. */
export function shownAddress(address: string, login: Login | undefined): string {
  return hidden(address, login).replaceAll(GIVEN, '***');
}

/** Stands for the password in between: no address has it. */
const GIVEN = '\u0001';

/** Some devices write a password into the path: the one that was given, or one of their own, which nobody gets to see. */
function hidden(address: string, login: Login | undefined): string {
  const start = address.indexOf('/', address.indexOf('://') + 3);
  if (start < 0) return address;
  const given = login?.password ? [login.password, encodeURIComponent(login.password)] : [];
  const path = address
    .slice(start)
    .split(/([/?&=]|_(?=[a-z]+=))/)
    .map((word) => (given.includes(word) ? GIVEN : word))
    .join('');
  const others = path.replaceAll(GIVEN, '');
  return address.slice(0, start) + (redactText(others) === others ? path : redactText(path));
}
