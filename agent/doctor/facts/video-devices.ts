// /sys, /dev and udev's notes -> video and graphics devices, what they offer, and whether the agent's user may open them.

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { namesIn, textOf } from '#common/kernel-files.js';
import { type VideoFormat, videoFormats } from '../video-formats.js';
import { outputOf } from './output.js';
import { mayUse, type Who } from './who.js';

export interface DeviceFacts {
  readonly video: readonly VideoDevice[];
  /** Of the graphics processor, `/dev/dri/renderD128`, `/dev/nvmap`, that are there. */
  readonly graphics: readonly OpenedDevice[];
}

export interface OpenedDevice {
  readonly path: string;
  readonly isUsable: boolean;
  /** Of the group that it belongs to; nothing where that has no name. */
  readonly group?: string;
}

export interface VideoDevice extends OpenedDevice {
  readonly name: string;
  /** Nothing where nobody tells: neither udev nor v4l2-ctl. */
  readonly isCamera?: boolean;
  /** Nothing without v4l2-ctl. */
  readonly formats?: readonly VideoFormat[];
}

const GRAPHICS: readonly [folder: string, name: RegExp][] = [
  ['dev/dri', /^renderD\d+$/],
  ['dev', /^(nvmap|nvhost-ctrl|nvhost-vic|nvhost-nvdec)$/],
];

export async function readDevices(who: Who, signal: AbortSignal, root = '/'): Promise<DeviceFacts> {
  const names = await namesIn(join(root, 'sys/class/video4linux'), /^video\d+$/);
  const graphics = await Promise.all(
    GRAPHICS.map(async ([folder, named]) => {
      const found = await namesIn(join(root, folder), named);
      return Promise.all(found.map((name) => openedDevice(join(root, folder, name), who, root)));
    }),
  );
  return {
    video: await Promise.all(names.map((name) => videoDevice(name, who, signal, root))),
    graphics: graphics.flat(),
  };
}

async function videoDevice(name: string, who: Who, signal: AbortSignal, root: string): Promise<VideoDevice> {
  const path = join(root, 'dev', name);
  const [opened, title, number] = await Promise.all([
    openedDevice(path, who, root),
    textOf(root, 'sys/class/video4linux', name, 'name'),
    textOf(root, 'sys/class/video4linux', name, 'dev'),
  ]);
  const [notes, listed] = await Promise.all([
    number === undefined ? undefined : textOf(root, 'run/udev/data', `c${number}`),
    outputOf(signal, 'v4l2-ctl', `--device=${path}`, '--list-formats-ext'),
  ]);
  const capabilities = /^E:ID_V4L_CAPABILITIES=(.*)$/m.exec(notes ?? '')?.[1];
  const formats = listed === undefined ? undefined : videoFormats(listed);
  const isCamera = capabilities?.includes(':capture:') ?? (formats && formats.length > 0);
  return {
    ...opened,
    name: title ?? name,
    ...(isCamera !== undefined && { isCamera }),
    ...(formats && { formats }),
  };
}

async function openedDevice(path: string, who: Who, root: string): Promise<OpenedDevice> {
  const [isUsable, found, groups] = await Promise.all([
    mayUse(who, path, ['read', 'write']),
    stat(path).catch(() => undefined),
    textOf(root, 'etc/group'),
  ]);
  const group = new RegExp(`^([^:\\n]+):[^:]*:${found?.gid}:`, 'm').exec(groups ?? '')?.[1];
  return { path, isUsable, ...(group !== undefined && { group }) };
}
