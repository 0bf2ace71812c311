// Source URI -> what to open on this machine: a file whose name looks like a scheme, and standard input that is a file.

import { accessSync, constants, existsSync, fstatSync } from 'node:fs';
import { parseSource, type Source } from './sources.js';

/** @throws CspcamError for a URI that cannot be parsed */
export function findSource(uri: string): Source {
  const source = parseSource(uri, existsSync);
  if (source.scheme !== 'pipe') return source;
  const path = reopenable(source.descriptor);
  return path === undefined ? source : { scheme: 'file', path };
}

/** A file, as of `< clip.mp4`, can be read from its start, in any order, and by several. */
function reopenable(descriptor: number): string | undefined {
  // By its number: the capture process has a standard input of its own.
  const path = `/proc/${process.pid}/fd/${descriptor}`;
  try {
    if (!fstatSync(descriptor).isFile()) return undefined;
    accessSync(path, constants.R_OK);
    return path;
  } catch {
    return undefined;
  }
}
