// Events as ONNX Runtime's profiler writes them -> rows of the table, and its summary.

import { expect, test } from 'vitest';
import { type Event, kernelsOf, rowsOf } from '../../../scripts/bench/profile/kernels.js';
import { profileText } from '../../../scripts/bench/profile/table.js';

const event = (name: string, op: string, dur: number, shape: number[]): Event => ({
  cat: 'Node',
  name: `${name}_kernel_time`,
  dur,
  args: { op_name: op, output_type_shape: [{ uint8: shape }] },
});
// The same convolution with channels first and last; three runs, the first of which was disturbed.
const events = [900, 100, 200].flatMap((dur) => [
  event('wide', 'Conv', dur, [1, 128, 10, 10]),
  event('thin', 'QLinearConv', dur, [1, 10, 10, 16]),
  event('join', 'Concat', 50, [1, 144, 10, 10]),
]);
const weights = new Map([
  ['wide', [128, 64, 3, 3]],
  ['thin', [16, 64, 1, 1]],
]);

test('a kernel has the median of its runs and the operations of its weights', () => {
  const other: Event = { cat: 'Session', name: 'model_run', dur: 1, args: {} };
  expect(kernelsOf([...events, other], weights)).toEqual([
    { op: 'Conv', ms: 0.2, convolution: { filters: 128, size: 3, gop: (2 * 128 * 64 * 9 * 100) / 1e9 } },
    { op: 'QLinearConv', ms: 0.2, convolution: { filters: 16, size: 1, gop: (2 * 16 * 64 * 100) / 1e9 } },
    { op: 'Concat', ms: 0.05 },
  ]);
});

test('rows are classes of convolutions, then other kernels; what is beyond the roof adds up', () => {
  const rows = rowsOf(kernelsOf(events, weights), 100);
  expect(rows.map(({ what }) => what)).toEqual(['1x1, 1 to 16 filters', '3x3, 65 to 128 filters', 'Concat']);
  expect(rows[0]).toMatchObject({ filters: 16, kernels: 1 });
  expect(rows[0]!.beyondRoofMs).toBeCloseTo(0.2 - 0.002048, 9);
  expect(rows[2]!.beyondRoofMs).toBe(0.05);
  const text = profileText('tiny', rows, 100, false);
  expect(text).toContain('Convolutions of 32 filters or fewer do 1% of the operations in 44% of the time');
});
