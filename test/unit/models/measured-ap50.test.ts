// model.json + precision -> the AP50 that was measured of the weights.

import { expect, test } from 'vitest';
import type { Accuracy, Quantization } from '../../../models/folder/description.js';
import { measuredAp50 } from '../../../models/folder/measured-ap50.js';

const accuracy: Accuracy = {
  of: 'annotations',
  data: 'street',
  pictures: 3,
  calibrated: false,
  fp32: { person: 0.5, vehicles: null, all: 0.4 },
  forms: {
    'eight-bits': { person: 0.49, vehicles: null, all: 0.41 },
    'bounded-pairs': { person: 0.52, vehicles: null, all: 0.38 },
  },
};
const quantized = (of?: Partial<Accuracy>): { quantization: Quantization } => ({
  quantization: {
    ...{ method: 'mse', data: 'some', pictures: 2, biasCorrection: true, keptFp32: [] },
    ...(of && { accuracy: { ...accuracy, ...of } }),
  },
});

test.each(['fp32', 'fp16'] as const)('of floats in %s', (precision) => {
  expect(measuredAp50(quantized({}), precision)).toEqual({
    ...{ person: 50, vehicles: null, all: 40, data: 'street' },
  });
});

test('of int8 the worst form, group by group', () => {
  expect(measuredAp50(quantized({}), 'int8')).toEqual({
    ...{ person: 49, vehicles: null, all: 38, data: 'street' },
  });
});

test.each([
  ['where nothing was measured', quantized()],
  ['where there are no ranges', {}],
  ['against what floats find', quantized({ of: 'floats' })],
  ['of too few boxes', quantized({ fp32: { person: null, vehicles: null, all: null } })],
])('nothing %s', (_, description) => {
  expect(measuredAp50(description, 'fp32')).toBeUndefined();
});
