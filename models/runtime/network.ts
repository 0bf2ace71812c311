// Model folder + processor -> the network to run: as it lies there, or its integer form, made when its bytes are needed.

import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { type CpuFeatures, readCpuFeatures } from '#common/cpu-features.js';
import { integerFiles, type ModelFolder, networkFile, readNetworkFile } from '../folder/folder.js';
import { chooseForm, formText } from '../quantize/forms/registry.js';
import { expectRanges, integerNetwork, REVISION } from '../quantize/integer-network.js';
import { type ChosenPrecision, choosePrecision, type WantedPrecision } from './precision.js';

/** What runs of a model folder, and why. */
export interface NetworkChoice extends ChosenPrecision {
  /** Which integer form, and why, or how an engine computes; a line. Nothing in fp32 on the CPU. */
  readonly form?: string | undefined;
  /** Why the provider that runs it, where none was asked for; a line. */
  readonly providerReason?: string | undefined;
}

export interface ChosenNetwork {
  readonly choice: NetworkChoice;
  /** What its bytes follow from, as JSON; nothing where that cannot be read. */
  key(): Promise<unknown>;
  /** ONNX. @throws CspcamError for files that are missing or were changed */
  bytes(): Promise<Uint8Array>;
}

/** @throws CspcamError for a precision that the folder does not have */
export function chooseNetwork(
  folder: ModelFolder,
  provider: string,
  cpu: Pick<CpuFeatures, 'architecture' | 'flags'>,
  wanted: WantedPrecision = 'auto',
): ChosenNetwork {
  const { description } = folder;
  const chosen = choosePrecision(description, provider, cpu, wanted);
  // Whatever is asked for: without them, the network of an int8 folder is not in floats.
  if (chosen.precision === 'int8' || description.precision === 'int8') expectRanges(folder);
  if (chosen.precision === 'fp32')
    return {
      choice: chosen,
      key: () => keyOf(folder, [networkFile(folder)]),
      bytes: () => readNetworkFile(folder),
    };
  const form = chooseForm(provider, cpu);
  return {
    choice: { ...chosen, form: formText(form) },
    key: async () => {
      const files = await keyOf(folder, integerFiles(folder));
      return files && [files, form.form.name, REVISION, description.quantization?.keptFp32];
    },
    bytes: () => integerNetwork(folder, form.form),
  };
}

/** On this machine. @throws as `chooseNetwork` */
export async function choiceOf(
  folder: ModelFolder,
  provider: string,
  wanted?: WantedPrecision,
): Promise<NetworkChoice> {
  return chooseNetwork(folder, provider, await readCpuFeatures(), wanted).choice;
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
