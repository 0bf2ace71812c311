// A program, the place of the carried libraries -> the program starts with that loader, and finds those libraries first.
// Nothing of it is in the environment: what it starts itself (gst-plugin-scanner, v4l2-ctl) runs with the board's own.

import { output } from '../commands.mjs';

/**
 * @param program changed in place. It remains what it is started by: process.execPath leads to it, not to a loader.
 * @param place where the libraries will be on the board
 */
export function useLibrariesAt(place, program, { loader, libraries }) {
  const patchelf = (...args) => output('patchelf', [...args, program]);
  const needed = new Set(patchelf('--print-needed').split('\n'));
  // One call each: patchelf 0.14 mixes up their texts when it is asked for both at once.
  patchelf('--set-interpreter', `${place}/${loader}`);
  // RPATH, not RUNPATH: it also holds for what the libraries of the board ask for.
  patchelf('--force-rpath', '--set-rpath', place);
  // A library with a RUNPATH of its own would look elsewhere, for instance for libresolv: what is loaded is not looked for.
  const added = libraries.filter((name) => !needed.has(name));
  patchelf(...added.flatMap((name) => ['--add-needed', name]));
}
