// A network, its calibration and some pictures -> what each layer in integers alone does to the outputs.

import type { Outputs } from '../runtime/session.js';
import type { Calibration } from './calibrate.js';
import type { IntegerForm } from './forms/form.js';
import { calibratedRanges, candidates, quantizeProgram, type RangeOptions } from './quantize.js';
import { type Pixels, type Quantizable, runProgram } from './run-program.js';

export interface LayerError {
  /** Of the node, as `keep` takes it. */
  readonly name: string;
  readonly operator: string;
  /** Signal to quantization noise of all outputs together, decibels; the smaller the worse. */
  readonly sqnrDb: number;
}

// These hand on what they read, at its scale.
const movers: ReadonlySet<string> = new Set(['Concat', 'Resize']);

export interface SensitivityOptions extends RangeOptions {
  /** Of this machine, as the networks run. */
  readonly form: IntegerForm;
}

/** Nodes that `layerErrors` tries one by one. */
export function layersOf({ program }: Quantizable): { name: string; operator: string }[] {
  return candidates(program)
    .filter(({ opType }) => !movers.has(opType))
    .map(({ output, opType }) => ({ name: output, operator: opType }));
}

/** In the order of the network. */
export async function* layerErrors(
  network: Quantizable,
  calibration: Calibration,
  options: SensitivityOptions,
  pictures: readonly Pixels[],
): AsyncGenerator<LayerError> {
  const references: Outputs[] = [];
  for await (const outputs of runProgram(network, network.program, pictures)) references.push(outputs);
  const ranges = calibratedRanges(network.program, calibration, options);
  const all = candidates(network.program).map(({ output }) => output);
  for (const layer of layersOf(network)) {
    const keep = new Set(all.filter((name) => name !== layer.name));
    const program = quantizeProgram(network.program, ranges, { form: options.form, keep });
    const found: Outputs[] = [];
    for await (const outputs of runProgram(network, program, pictures)) found.push(outputs);
    yield { ...layer, sqnrDb: sqnrDb(references, found) };
  }
}

/** 10 log10 of the outputs' power over that of their errors, picture by picture as given. */
export function sqnrDb(references: readonly Outputs[], found: readonly Outputs[]): number {
  let [signal, noise] = [0, 0];
  references.forEach((outputs, picture) => {
    for (const [name, values] of outputs) {
      const others = found[picture]!.get(name)!;
      for (let i = 0; i < values.length; i++) {
        signal += values[i]! ** 2;
        noise += (values[i]! - others[i]!) ** 2;
      }
    }
  });
  // What cannot be told from rounding of floats is as good as none.
  return 10 * Math.log10(signal / Math.max(noise, signal * 1e-12));
}

/** Names of the `count` layers that cost most. */
export function worstLayers(errors: readonly LayerError[], count: number): string[] {
  return errors
    .toSorted((a, b) => a.sqnrDb - b.sqnrDb)
    .slice(0, count)
    .map(({ name }) => name);
}
