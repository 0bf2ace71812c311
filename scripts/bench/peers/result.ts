// Measurements of a network -> a result as it is kept: ratios to OpenCV and to ours, shares of the roof.

import type { ModelDescription } from '../../../models/folder/description.js';
import type { Measured, Measurement, Roof } from './measure.js';
import type { Precision } from './protocol.js';
import { type Gain, gain, type Times } from './statistics.js';

export interface ResultRow extends Times {
  readonly title: string;
  readonly precision: Precision;
  readonly isOurs: boolean;
  /** How many times as fast as OpenCV's DNN module in fp32. */
  readonly overOpenCv?: Gain;
  /** How many times as fast ours is, in int8 for int8 and in fp32 for all else. */
  readonly oursOver?: Gain;
  /** Of what the widest convolution reaches in ONNX Runtime in this run. */
  readonly roofShare?: Gain;
  /** Worst and root mean square of differences from OpenCV's outputs. */
  readonly difference: { readonly worst: number; readonly rms: number };
}

export interface Result {
  readonly network: string;
  readonly size: number;
  readonly bflops: number;
  readonly threads: number;
  /** ISO 8601. */
  readonly measuredAt: string;
  readonly rounds: number;
  readonly secondsPerTurn: number;
  /** Load average of a minute, before and after. */
  readonly load: readonly [number, number];
  /** Share of the processors' time that the host gave to others meanwhile. */
  readonly stolen: number;
  readonly roof: Measured['roof'];
  readonly rows: readonly ResultRow[];
  readonly absent: Measured['absent'];
}

export type Circumstances = Pick<
  Result,
  'threads' | 'measuredAt' | 'rounds' | 'secondsPerTurn' | 'load' | 'stolen'
>;

export function resultOf(
  { name, input, bflops }: ModelDescription,
  { measurements, roof, absent }: Measured,
  circumstances: Circumstances,
): Result {
  const timesOf = (is: (measurement: Measurement) => boolean) => measurements.find(is)?.times;
  const openCv = timesOf(({ row }) => row.isReference);
  const ours = {
    fp32: timesOf(({ row }) => row.isOurs && row.precision === 'fp32'),
    int8: timesOf(({ row }) => row.isOurs && row.precision === 'int8'),
  };
  const rows = measurements.map(({ row, times, difference }): ResultRow => {
    const { title, precision, isOurs } = row;
    const same = ours[precision === 'int8' ? 'int8' : 'fp32'];
    return {
      title,
      precision,
      isOurs,
      ...rounded(times),
      ...(openCv && { overOpenCv: roundedGain(gain(times, openCv)) }),
      ...(same && !isOurs && { oursOver: roundedGain(gain(same, times)) }),
      ...(precision !== 'default' && { roofShare: roundedGain(shareOf(bflops, times, roof[precision])) }),
      difference: {
        worst: Number(difference.worst.toPrecision(3)),
        rms: Number(difference.rms.toPrecision(3)),
      },
    };
  });
  const fastestFirst = rows.toSorted((a, b) => a.medianMs - b.medianMs);
  return { network: name, size: input.width, bflops, ...circumstances, roof, rows: fastestFirst, absent };
}

function shareOf(bflops: number, times: Times, roof: Roof): Gain {
  const gops = (ms: number) => bflops / (ms / 1000);
  return { medians: gops(times.medianMs) / roof.medianGops, minima: gops(times.minMs) / roof.bestGops };
}

function rounded({ medianMs, minMs, runs }: Times): Times {
  return { medianMs: Number(medianMs.toFixed(2)), minMs: Number(minMs.toFixed(2)), runs };
}

function roundedGain({ medians, minima }: Gain): Gain {
  return { medians: Number(medians.toFixed(3)), minima: Number(minima.toFixed(3)) };
}
