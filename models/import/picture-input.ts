// A program as it was read -> the same for one picture of one size: every open length set, further inputs constants.

import { expected } from '#common/errors.js';
import type { Constant, OnnxInput, OnnxProgram } from '../onnx/program.js';
import type { Extent } from './cells.js';
import type { Picture } from './facts.js';

export interface Prepared {
  readonly program: OnnxProgram;
  readonly picture: Picture;
  readonly furtherInputs: readonly string[];
}

const COLOURS = 3;
const MULTIPLE = 32;
/** Pictures come in rows of whole words. */
const WIDTH_MULTIPLE = 4;
const LARGEST_SIDE = 4096;

/** What some exporters ask for beside the picture, for a picture that fills the input. */
const FURTHER: Readonly<Record<string, (size: Extent, input: OnnxInput) => Constant>> = {
  // RT-DETR and D-FINE: boxes in pixels of a picture of this width and height.
  orig_target_sizes: ({ width, height }) => ({
    dims: [1, 2],
    values: BigInt64Array.of(BigInt(width), BigInt(height)),
  }),
  // DETR of Hugging Face: where the picture is, and not its border.
  pixel_mask: ({ width, height }, { dims }) => {
    const [, rows = -1, columns = -1] = dims;
    const shape = [1, rows < 0 ? height : rows, columns < 0 ? width : columns];
    return { dims: shape, values: new BigInt64Array(shape[1]! * shape[2]!).fill(1n) };
  },
  // PaddleDetection.
  im_shape: ({ width, height }) => ({ dims: [1, 2], values: Float32Array.of(height, width) }),
  scale_factor: () => ({ dims: [1, 2], values: Float32Array.of(1, 1) }),
};
const TYPES: Readonly<Record<string, OnnxInput['type']>> = {
  orig_target_sizes: 'int64',
  pixel_mask: 'int64',
  im_shape: 'float32',
  scale_factor: 'float32',
};

/**
 * @param wanted of lengths that the file leaves open, where it does not tell itself
 * @param file as errors name it
 * @throws CspcamError for anything but one picture, batches, and a size that is open, odd, or another than `wanted`
 */
export function forOnePicture(
  program: OnnxProgram,
  metadata: ReadonlyMap<string, string>,
  wanted: Extent | undefined,
  file: string,
): Prepared {
  const further = program.inputs.filter(({ name, type }) => TYPES[name] === type);
  const pictures = program.inputs.filter((input) => !further.includes(input));
  const [input] = pictures;
  if (input === undefined || pictures.length > 1)
    throw expected('one input, a picture', file, program.inputs.map(shown).join(', ') || 'none');
  const { rows, columns, layout, batch } = axesOf(input, file);
  const told = wanted ?? sizeOfMetadata(metadata);
  const size = {
    width: lengthOf(input.dims[columns]!, told?.width, wanted, 'width', file),
    height: lengthOf(input.dims[rows]!, told?.height, wanted, 'height', file),
  };
  if (size.width % WIDTH_MULTIPLE !== 0)
    throw expected(`a width that is a multiple of ${WIDTH_MULTIPLE}`, `the input of ${file}`, size.width);
  const dims = input.dims.map((_, axis) => {
    if (axis === rows) return size.height;
    if (axis === columns) return size.width;
    return axis === 0 && batch ? 1 : COLOURS;
  });
  const constants = new Map(program.constants);
  for (const one of further) constants.set(one.name, FURTHER[one.name]!(size, one));
  return {
    program: {
      ...program,
      inputs: [{ name: input.name, type: input.type, dims }],
      constants,
      outputs: program.outputs.map(({ dimNames, ...output }) =>
        dimNames ? { ...output, dims: [], unranked: true } : output,
      ),
      valueTypes: new Map(),
    },
    picture: { name: input.name, layout, type: input.type as Picture['type'], batch, ...size },
    furtherInputs: further.map(({ name }) => name),
  };
}

function axesOf(input: OnnxInput, file: string) {
  const { dims, type } = input;
  if (type !== 'float32' && type !== 'uint8')
    throw expected('a picture in float32 or uint8', `the input of ${file}`, shown(input));
  const batch = dims.length === 4;
  const first = batch ? 1 : 0;
  const last = dims.length - 1;
  // Where a file leaves rows and columns open, the length that it does not is the colours'.
  const colours = [COLOURS, -1].flatMap((length) => [first, last].filter((axis) => dims[axis] === length))[0];
  const layout = colours === last ? 'NHWC' : 'NCHW';
  if ((dims.length !== 3 && !batch) || colours === undefined)
    throw expected('a picture of three colours', `the input of ${file}`, shown(input));
  if (batch && dims[0] !== 1 && dims[0] !== -1)
    throw expected('one picture at a time (batch 1)', `the input of ${file}`, shown(input));
  const rows = layout === 'NCHW' ? first + 1 : first;
  return { rows, columns: rows + 1, layout, batch } as const;
}

function lengthOf(
  fixed: number,
  told: number | undefined,
  wanted: Extent | undefined,
  side: keyof Extent,
  file: string,
): number {
  const where = `the ${side} of ${file}`;
  if (fixed >= 0 && wanted !== undefined && wanted[side] !== fixed)
    throw expected(`no --size, as the file fixes ${fixed}`, where, wanted[side]);
  const length = fixed >= 0 ? fixed : told;
  if (length === undefined) throw expected('--size, as the file leaves it open', where, 'none');
  if (length < MULTIPLE || length > LARGEST_SIDE)
    throw expected(`${MULTIPLE} to ${LARGEST_SIDE} pixels`, where, length);
  return length;
}

/** Ultralytics: `[640, 640]`, height and width, or one number. */
function sizeOfMetadata(metadata: ReadonlyMap<string, string>): Extent | undefined {
  const [height, width = height] = [...(metadata.get('imgsz') ?? '').matchAll(/\d+/g)].map(Number);
  return height === undefined || width === undefined ? undefined : { width, height };
}

function shown({ name, type, dims, dimNames = [] }: OnnxInput): string {
  const lengths = dims.map((length, axis) => (length >= 0 ? length : dimNames[axis] || '?'));
  return `${name} (${lengths.join(' x ')}) ${type}`;
}
