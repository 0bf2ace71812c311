// The networks that the cost model is fitted on: all detectors of the catalogue, and a classifier of each backbone.

import { CATALOGUE } from '../../../models/networks/catalogue.js';

/** Detectors at two sizes; of the largest, which take half a second, smaller ones. */
const DETECTOR_SIZES = [320, 416];
const LARGE_SIZES = [256, 416];
const isLarge = (name: string) => name.endsWith('-panet-spp');

const CLASSIFIERS: readonly string[] = [
  'peleenet',
  'speleenet',
  'peleenext',
  'csppeleenet-fusion-first-gamma-50',
  'csppeleenet-fusion-last-gamma-50',
  'csppeleenet',
  'secsppeleenet-swish',
  'darknet-ref',
  'cspdensenet-ref',
  'cspdensenetb-ref',
  'csppeleenet-ref',
  'resnet-10',
  'cspresnet-10',
  'resnet-50',
  'cspresnet-50',
  'resnext-50',
  'cspresnext-50',
  'densenet-201-elastic',
  'cspdensenet-201-elastic',
  'cspdarknet-53',
];
const CLASSIFIER_SIZE = 256;

export interface CostCase {
  readonly network: string;
  readonly size: number;
}

export const COST_CASES: readonly CostCase[] = CATALOGUE.flatMap(({ name, task }) => {
  if (task === 'classification')
    return CLASSIFIERS.includes(name) ? [{ network: name, size: CLASSIFIER_SIZE }] : [];
  return (isLarge(name) ? LARGE_SIZES : DETECTOR_SIZES).map((size) => ({ network: name, size }));
});
