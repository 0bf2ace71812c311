// GStreamer's registry -> which elements exist on this machine.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expected } from '#common/errors.js';

/** Reading the registry takes seconds where GStreamer has to make it first. */
const TIMEOUT_MS = 60_000;
const MOST_BYTES = 1 << 24;

interface Listing {
  readonly elements: Promise<ReadonlySet<string>>;
  readonly kill: () => void;
  /** Who has asked and not gone away. */
  askers: number;
}

let listing: Listing | undefined;

/**
 * Element names, read once per process by `gst-inspect-1.0`.
 *
 * @param signal ends the reading where nobody else waits for it; its process is gone when this rejects
 * @throws CspcamError where GStreamer's tools are missing; the reason of the signal
 */
export async function installedElements(signal?: AbortSignal): Promise<ReadonlySet<string>> {
  signal?.throwIfAborted();
  listing ??= list();
  const asked = listing;
  asked.askers += 1;
  const onAbort = () => {
    asked.askers -= 1;
    if (asked.askers === 0) asked.kill();
  };
  signal?.addEventListener('abort', onAbort);
  try {
    return await asked.elements;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

/** For whoever has installed some since: the next asker reads anew. */
export function forgetElements(): void {
  listing = undefined;
}

function list(): Listing {
  const options = { maxBuffer: MOST_BYTES, timeout: TIMEOUT_MS };
  const run = promisify(execFile)('gst-inspect-1.0', options);
  const forget = () => {
    if (listing === begun) listing = undefined;
  };
  const begun: Listing = {
    elements: run.then(
      // Lines are `plugin:  element: description`.
      ({ stdout }) => new Set([...stdout.matchAll(/^\S+: {2}(\S+): /gm)].map(([, element = '']) => element)),
      (cause: NodeJS.ErrnoException) => {
        forget();
        const what = 'gst-inspect-1.0 (package gstreamer1.0-tools)';
        throw expected(what, 'PATH', cause.code ?? cause.message, cause);
      },
    ),
    kill: () => {
      forget();
      run.child.kill('SIGKILL');
    },
    askers: 0,
  };
  return begun;
}
