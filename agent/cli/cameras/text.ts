// A device that was found -> lines for people, or values for programs; no password in either.

import type { Credentials } from '../../../pipelines/relay/authorization.js';
import type { FoundDevice, FoundStream } from '../../discovery/found-device.js';
import { shownAddress } from '../../discovery/suggestion.js';
import { table } from '../models/text.js';

export function deviceText(device: FoundDevice, login?: Credentials): string {
  const { address, name, make, model, firmware, clockAheadSeconds, streams, notes, message } = device;
  const words = [[make, model].filter(Boolean).join(' ') || name, firmware && `firmware ${firmware}`];
  const rows = streams.map((stream) => streamRow(stream, login));
  return [
    [address, words.filter(Boolean).join(', ')].filter(Boolean).join('  '),
    ...(rows.length > 0 ? [table(rows).replace(/^/gm, '  ')] : []),
    ...(clockAheadSeconds === undefined ? [] : [`  its clock is ${clockText(clockAheadSeconds)}`]),
    ...notes.map((note) => `  ${note}`),
    ...(rows.flat().some((cell) => cell.includes('***'))
      ? ['  *** stands for a password that the device writes into an address']
      : []),
    ...(message === undefined ? [] : [`  ${message}${hint(device)}`]),
  ].join('\n');
}

export function deviceJson(device: FoundDevice, login?: Credentials): object {
  const streams = device.streams.map((stream) => ({
    ...stream,
    address: shownAddress(stream.address, login),
  }));
  return { ...device, streams };
}

function streamRow(
  { name, codec = '?', width, height, fps, address }: FoundStream,
  login?: Credentials,
): string[] {
  const size = width === undefined || height === undefined ? '?' : `${width}x${height}`;
  return [name, codec, size, fps === undefined ? '' : `${fps} fps`, shownAddress(address, login)];
}

function clockText(aheadSeconds: number): string {
  const seconds = Math.abs(aheadSeconds);
  const [unit, name] = (
    [
      [86_400, 'days'],
      [3600, 'hours'],
      [60, 'minutes'],
    ] as const
  ).find(([one]) => seconds >= 2 * one) ?? [1, 'seconds'];
  return `${Math.round(seconds / unit)} ${name} ${aheadSeconds > 0 ? 'ahead' : 'behind'}`;
}

function hint({ failure }: FoundDevice): string {
  return failure === 'login-wanted' ? ': --user NAME' : '';
}
