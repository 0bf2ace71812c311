// A frozen suite -> its cases, checked to be the networks that it names, and what is measured of them.

import { expected } from '#common/errors.js';
import type { Size } from '../../../pipelines/frame.js';
import type { BenchOptions } from '../../bench/run.js';
import { noisePicture, type Suite } from '../../bench/suite.js';
import { type CaseOptions, type Prepared, prepareCases } from './cases.js';
import type { CalibrationData } from './folders.js';

/** @throws CspcamError where this version makes another network of the same name */
export async function prepareSuite({ definition }: Suite, given: CaseOptions): Promise<Prepared[]> {
  const { name: suite, seed, calibrationPictures } = definition;
  const calibration: CalibrationData = {
    data: `noise, seed ${seed}`,
    frames: async function* noise(input: Size) {
      for (let i = 0; i < calibrationPictures; i++)
        yield { pixels: noisePicture(input, seed + i).buffer as ArrayBuffer };
    },
  };
  const prepared: Prepared[] = [];
  for (const { name, size, precisions, cfg, weights } of definition.networks) {
    const options = { model: [name], size: [size], precision: precisions };
    const cases = await prepareCases(options, { ...given, calibration });
    for (const { subject } of cases) {
      const { files } = subject.folder.description;
      for (const [file, sum] of [
        ['network.cfg', cfg],
        ['network.weights', weights],
      ] as const)
        if (files[file]?.sha256 !== sum)
          throw expected(`sha256 ${sum}`, `${file} of ${name} ${size} in ${suite}`, files[file]?.sha256);
    }
    prepared.push(...cases);
  }
  return prepared;
}

/** What `runBench` does of them. */
export function suiteMeasurement({
  definition,
}: Suite): Pick<
  BenchOptions,
  'scenarios' | 'seconds' | 'load' | 'processes' | 'layerFrames' | 'isWanted' | 'picture'
> {
  const { single, offline, multistream, coldstart, layers, seed } = definition;
  const seconds = { single: single.seconds, offline: offline.seconds, multistream: multistream.seconds };
  const only = { multistream, coldstart, layers };
  return {
    scenarios: ['single', 'offline', 'multistream'],
    seconds: (scenario) => seconds[scenario as keyof typeof seconds],
    load: { fps: multistream.fps, maxAgeMs: multistream.maxAgeMs },
    processes: coldstart.processes,
    layerFrames: layers.frames,
    isWanted: ({ model }, of) =>
      of in only === false || only[of as keyof typeof only].networks.includes(model),
    picture: async (input) => noisePicture(input, seed).buffer as ArrayBuffer,
  };
}
