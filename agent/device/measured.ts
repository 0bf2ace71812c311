// What `cspcam profiles measure` found <-> a file in the state directory.

import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { expected } from '#common/errors.js';
import { stateDirectory } from '#common/folders.js';
import { makeFolder } from '#common/make-folder.js';
import { writeWhole } from '#common/write-file.js';
import type { MachineFacts } from './facts.js';

const positive = z.number().positive();

const VERSION = 2;

const measuredFile = z.strictObject({
  version: z.literal(VERSION),
  /** ISO 8601. */
  measuredAt: z.string(),
  /** The machine's fingerprint, so that a disk that moves does not take figures along. */
  machine: z.string(),
  /** Of the figures in int8, as models/quantize/forms names it. */
  int8Form: z.string(),
  threads: z
    .array(
      z.strictObject({
        threads: z.int().positive(),
        /** What a wide 3x3 convolution gets, billions per second; a multiply-add is two. */
        fp32Gops: positive,
        int8Gops: positive,
        /** Bytes that were read and written. */
        bandwidthGBs: positive,
        /** What a 3x3 convolution with one filter for each channel gets. */
        depthwise: z.strictObject({ fp32Gops: positive, int8Gops: positive }),
        /** What a frame of THIN_NETWORK takes, median. */
        thinMs: z.strictObject({ fp32: positive, int8: positive }),
      }),
    )
    .min(1),
});

export type Measured = Readonly<z.output<typeof measuredFile>>;

/** Apart from the folders of devices: a measurement is of the machine, whatever the agent on it is called. */
export function measuredFilePath(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  return join(stateDirectory('machine', environment), 'measured.json');
}

/** CPU and cores of a machine, as far as it tells. */
export function fingerprint({ cpuModel, cpuParts, cores, compatible }: MachineFacts): string {
  return [compatible[0], cpuModel ?? cpuParts.join(' '), `${cores} cores`].filter(Boolean).join(', ');
}

export async function writeMeasured(measured: Measured, file = measuredFilePath()): Promise<void> {
  try {
    await makeFolder(dirname(file));
  } catch (error) {
    throw expected('a place that can be written', file, (error as NodeJS.ErrnoException).code, error);
  }
  await writeWhole(
    file,
    `${JSON.stringify(measured, null, 2)}
`,
  );
}

/**
 * @returns nothing where nothing was measured, or on another machine
 * @throws CspcamError for a file that is none of ours
 */
export async function readMeasured(
  facts: MachineFacts,
  file = measuredFilePath(),
): Promise<Measured | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  let version: unknown;
  try {
    const json = JSON.parse(text) as { version?: unknown } | null;
    version = json?.version;
    const measured = measuredFile.parse(json);
    return measured.machine === fingerprint(facts) ? measured : undefined;
  } catch (error) {
    if (typeof version === 'number' && version < VERSION)
      throw expected(
        `figures of version ${VERSION} (run cspcam profiles measure)`,
        file,
        `version ${version}`,
        error,
      );
    throw expected(
      'what cspcam profiles measure wrote (measure again, or delete it)',
      file,
      'something else',
      error,
    );
  }
}
