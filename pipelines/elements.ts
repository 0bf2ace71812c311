// GStreamer's registry -> which elements exist on this machine.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CspcamError } from '#common/errors.js';

let listing: Promise<ReadonlySet<string>> | undefined;

/** Element names, read once per process by `gst-inspect-1.0`. */
export function installedElements(): Promise<ReadonlySet<string>> {
  listing ??= list().catch((error: unknown) => {
    listing = undefined;
    throw error;
  });
  return listing;
}

async function list(): Promise<ReadonlySet<string>> {
  try {
    const { stdout } = await promisify(execFile)('gst-inspect-1.0', { maxBuffer: 1 << 24, timeout: 60_000 });
    // Lines are `plugin:  element: description`.
    return new Set([...stdout.matchAll(/^\S+: {2}(\S+): /gm)].map(([, element = '']) => element));
  } catch (cause) {
    throw new CspcamError(
      'expected gst-inspect-1.0 (package gstreamer1.0-tools) in PATH, received an error',
      {
        cause,
      },
    );
  }
}
