// What was found out about a broker -> a small file, so that a restart need not find it out again.

import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { makeFolder } from '#common/make-folder.js';
import { writeWhole } from '#common/write-file.js';
import type { Protocol } from './client.js';
import type { ProtocolMemory } from './session.js';

export interface FileMemoryOptions {
  readonly file: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const remembered = z.object({ url: z.string(), protocol: z.enum(['3.1.1', '5']), atMs: z.number() });

/** Brokers are renewed: after a week the newer protocol is tried again. */
const LONGEST_MS = 7 * 86_400_000;

/** Of one broker, the last one; a file that cannot be read or written costs one connection that is closed. */
export class FileMemory implements ProtocolMemory {
  readonly #options: FileMemoryOptions;

  constructor(options: FileMemoryOptions) {
    this.#options = options;
  }

  recall(url: string): Protocol | undefined {
    const { file, now } = this.#options;
    try {
      const { url: of, protocol, atMs } = remembered.parse(JSON.parse(readFileSync(file, 'utf8')));
      return of === url && Math.abs(now() - atMs) < LONGEST_MS ? protocol : undefined;
    } catch {
      return undefined;
    }
  }

  remember(url: string, protocol: Protocol): void {
    const { file, now } = this.#options;
    const text = JSON.stringify({ url, protocol, atMs: now() });
    void makeFolder(dirname(file), { mode: 0o700 })
      .then(() => writeWhole(file, text))
      .catch(() => {});
  }
}
