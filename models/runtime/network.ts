// Model folder + processor -> the network to run: as it lies there, or its integer form, made when its bytes are needed.

import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { type CpuFeatures, readCpuFeatures } from '#common/cpu-features.js';
import { integerFiles, type ModelFolder, networkFile, readNetworkFile } from '../folder/folder.js';
import { chooseForm, formText } from '../quantize/forms/registry.js';
import { expectRanges, integerNetwork, REVISION } from '../quantize/integer-network.js';

export type NetworkPrecision = 'fp32' | 'int8';

export interface ChosenNetwork {
  /** Which integer form, and why; a line. Nothing in fp32. */
  readonly form?: string;
  /** What its bytes follow from, as JSON; nothing where that cannot be read. */
  key(): Promise<unknown>;
  /** ONNX. @throws CspcamError for files that are missing or were changed */
  bytes(): Promise<Uint8Array>;
}

/**
 * @param precision nothing for what model.json says
 * @throws CspcamError for a precision that the folder does not have
 */
export function chooseNetwork(
  folder: ModelFolder,
  provider: string,
  cpu: Pick<CpuFeatures, 'architecture' | 'flags'>,
  precision: NetworkPrecision = folder.description.precision ?? 'fp32',
): ChosenNetwork {
  // Whatever is asked for: without them, the network of an int8 folder is not in floats.
  if (precision === 'int8' || folder.description.precision === 'int8') expectRanges(folder);
  if (precision === 'fp32')
    return { key: () => keyOf(folder, [networkFile(folder)]), bytes: () => readNetworkFile(folder) };
  const chosen = chooseForm(provider, cpu);
  return {
    form: formText(chosen),
    key: async () => {
      const files = await keyOf(folder, integerFiles(folder));
      return files && [files, chosen.form.name, REVISION, folder.description.quantization?.keptFp32];
    },
    bytes: () => integerNetwork(folder, chosen.form),
  };
}

/** As `ChosenNetwork` has it, on this machine. @throws as `chooseNetwork` */
export async function formOf(folder: ModelFolder, provider: string): Promise<string | undefined> {
  return chooseNetwork(folder, provider, await readCpuFeatures()).form;
}

/** Sums that model.json gives, sizes and dates: reading the files themselves takes longer. */
async function keyOf({ description }: ModelFolder, files: readonly string[]): Promise<unknown[] | undefined> {
  const states = await Promise.all(files.map((file) => stat(file).catch(() => undefined)));
  if (states.includes(undefined)) return undefined;
  return files.map((file, i) => [
    description.files[basename(file)]?.sha256,
    states[i]!.size,
    states[i]!.mtimeMs,
  ]);
}
