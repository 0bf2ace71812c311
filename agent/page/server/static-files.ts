// The folder of what browsers get -> each file with its type and tag, read once.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

export interface StaticFile {
  readonly type: string;
  readonly bytes: Buffer;
  readonly tag: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * By path; whatever else somebody asks for is not there, so that no path leads out of the folder.
 *
 * @param prefix of the paths, with a slash at its end
 */
export function readStaticFiles(folder: string, prefix = '/'): Map<string, StaticFile> {
  const files = readdirSync(folder).flatMap((name) => {
    const type = TYPES[extname(name)];
    if (type === undefined) return [];
    const bytes = readFileSync(join(folder, name));
    const tag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
    return [[`${prefix}${name === 'index.html' ? '' : name}`, { type, bytes, tag }] as const];
  });
  return new Map(files);
}
