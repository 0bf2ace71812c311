// Networks and video devices of this machine -> the cameras that may be watched.

import { packageFile } from '#common/package.js';
import type { Answer } from '../discovery/answers.js';
import { askAll } from '../discovery/ask-all.js';
import { probe } from '../discovery/discover.js';
import type { FoundDevice } from '../discovery/found-device.js';
import type { OwnNetwork } from '../discovery/networks.js';

export type FoundCamera =
  /** By ONVIF; what it said without a login. */
  | { readonly kind: 'onvif'; readonly key: string; readonly answer: Answer; readonly device: FoundDevice }
  /** On this machine. */
  | { readonly kind: 'device'; readonly key: string; readonly name: string }
  /** As somebody named it: a source, and an id where that was said too. */
  | { readonly kind: 'address'; readonly key: string; readonly id?: string | undefined }
  /** The clip that comes with cspcam, for who has no camera yet. */
  | { readonly kind: 'clip'; readonly key: string };

/** A camera takes half a second for each of ten questions. */
const ASKING_MS = 20_000;

export const CLIP: FoundCamera = { kind: 'clip', key: `file:${packageFile('agent/demo/street.mp4')}` };

export async function findOnNetworks(
  networks: readonly OwnNetwork[],
  { waitMs, onFailure }: { readonly waitMs: number; readonly onFailure: (line: string) => void },
  signal: AbortSignal,
): Promise<FoundCamera[]> {
  const interfaces = networks.map(({ name }) => name);
  if (interfaces.length === 0) return [];
  const answers = await probe({ interfaces, waitMs, onFailure }, signal);
  const devices = await askAll(answers, { limitMs: ASKING_MS }, signal);
  return answers.map((answer, i) => {
    const device = devices[i]!;
    return { kind: 'onvif', key: device.address, answer, device };
  });
}

/** `192.168.1.20  Acme Eye 2, asks for a login` */
export function cameraLabel(camera: FoundCamera): string {
  switch (camera.kind) {
    case 'onvif': {
      const { address, name, make, model, failure, streams, message } = camera.device;
      const who = name ?? [make, model].filter(Boolean).join(' ');
      const said = failure === 'login-wanted' ? 'asks for a login' : (message ?? streamsText(streams.length));
      return `${address}  ${[who, said].filter(Boolean).join(', ')}`;
    }
    case 'device':
      return `${camera.key}  ${camera.name}`;
    case 'address':
      return camera.key;
    case 'clip':
      return 'no camera yet: the street clip that comes with cspcam';
  }
}

function streamsText(count: number): string {
  return count === 1 ? '1 stream' : `${count} streams`;
}
