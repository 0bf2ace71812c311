// The compiled capture addon -> nothing, or an Error that names what GStreamer 1.14 does not have.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { output } from '../commands.mjs';

/** One a line, each seen in GStreamer 1.14.5 and GLib 2.56 of Ubuntu 18.04: test/package/jetpack4.test.ts looks again. */
export const boardSymbolsFile = join(import.meta.dirname, 'gstreamer-1.14-symbols.txt');

/** @param listing what `nm --dynamic --undefined-only` prints @returns names of GStreamer's and GLib's functions and types */
export const gstreamerSymbols = (listing) =>
  listing
    .split('\n')
    .map((line) => line.trim().split(/\s+/).at(-1))
    .filter((name) => /^_?(g|gst)_/.test(name));

export function assertBoardHas(addon) {
  const known = new Set(readFileSync(boardSymbolsFile, 'utf8').split('\n'));
  const unknown = gstreamerSymbols(output('nm', ['--dynamic', '--undefined-only', addon])).filter(
    (name) => !known.has(name),
  );
  if (unknown.length > 0)
    throw new Error(`expected symbols of GStreamer 1.14 alone in ${addon}, received ${unknown.join(', ')}`);
}
