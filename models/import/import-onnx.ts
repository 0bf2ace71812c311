// Bytes of an ONNX file -> a model: what it is in words, its description, and a network that takes bytes.

import { expected } from '#common/errors.js';
import type { ModelDescription, Resize } from '../folder/description.js';
import { totalCost } from '../graph/cost.js';
import { encodeOnnx } from '../onnx/encode.js';
import type { OnnxOutput, OnnxProgram } from '../onnx/program.js';
import { readOnnx } from '../onnx/read.js';
import { INPUT_NAME } from '../onnx/write.js';
import { dropUnused } from '../passes/drop-unused.js';
import type { Extent } from './cells.js';
import { describeNodes } from './describe-layers.js';
import type { Kind, Match, Picture, Preprocessing } from './facts.js';
import { takeBytes } from './fold.js';
import { observe, shapesOfValues, simplify } from './in-runtime.js';
import { labelsOfMetadata } from './labels.js';
import { forOnePicture } from './picture-input.js';
import { scalesItself } from './picture-readers.js';
import { labelsFor, recognise, shape } from './recognise.js';
import { withoutOutput } from './rename-value.js';
import { bytesOf, roughly } from './sample.js';
import { expectSound } from './soundness.js';
import { tensorrtNotices } from './tensorrt.js';

/** What the file does not tell, or tells wrongly. */
export interface OnnxOptions {
  /** Base name of the file, as errors name it. */
  readonly file: string;
  readonly sha256: string;
  readonly name: string;
  readonly kind?: Kind;
  readonly labels?: readonly string[];
  readonly size?: Extent;
  readonly colour?: Preprocessing['colour'];
  readonly mean?: Preprocessing['mean'];
  readonly deviation?: Preprocessing['deviation'];
  readonly resize?: Resize;
}

export interface ImportedModel {
  readonly description: Omit<ModelDescription, 'files'>;
  readonly network: Uint8Array;
  /** What it is, and by what that was seen; a line. */
  readonly found: string;
  /** What somebody may want to know; lines. */
  readonly notices: readonly string[];
}

/**
 * Runs the network in this process, which it may end: see in-child.ts.
 *
 * @param scratch a folder for files that ONNX Runtime writes
 * @throws CspcamError, a line, for whatever cannot be imported
 */
export async function importOnnx(
  bytes: Uint8Array,
  options: OnnxOptions,
  scratch: string,
): Promise<ImportedModel> {
  const { file } = options;
  const model = readOnnx(bytes);
  expectSound(model.program, file);
  const prepared = forOnePicture(model.program, model.metadata, options.size, file);
  const { picture, furtherInputs } = prepared;
  const program = await simplify(prepared.program, scratch, file);
  const outputs = await observe(program, roughly(picture), file);
  const labels = options.labels ?? labelsOfMetadata(model.metadata);
  const facts = {
    picture,
    outputs,
    program,
    furtherInputs,
    metadata: model.metadata,
    ...(labels && { labels }),
  };
  const match = recognise(facts, file, options.kind);
  if (labels === undefined)
    throw expected(`--labels with the names of ${namedClasses(match)} classes`, file, 'none');
  const preprocessing = preprocessingOf(match, program, picture, options);
  const decoded = forDecoder(match.rewrite?.(program) ?? program, match);
  const folded = await simplify(takeBytes(decoded, picture, preprocessing), scratch, file);
  const input = bytesOf(picture);
  for (const { name, values } of await observe(folded, input, file))
    if (!values.every(Number.isFinite))
      throw expected('finite numbers', `output ${name} of ${file}`, 'NaN or infinity');
  const layers = describeNodes(folded, await shapesOfValues(folded, input, file));
  const { width, height } = picture;
  const resize = options.resize ?? match.convention.resize;
  const licence = model.metadata.get('license')?.replace(/\p{Cc}+/gu, ' ');
  return {
    network: encodeOnnx(folded, options.name),
    found: `${match.kind}: ${match.because}`,
    notices: tensorrtNotices(folded),
    description: {
      schemaVersion: 1,
      name: options.name,
      task: 'detection',
      input: { name: INPUT_NAME, width, height, layout: 'NCHW', type: 'uint8', colour: 'RGB', resize },
      preprocessing,
      labels: [...labelsFor(match, labels)],
      decoder: match.decoder,
      ...totalCost(layers),
      layers,
      precision: 'fp32',
      provenance: {
        format: 'onnx',
        ...{ file, sha256: options.sha256, producer: model.producer, opset: model.program.opset },
        outputs: outputs.map(shape),
        ...(licence && { licence }),
      },
    },
  };
}

/** Of what suppresses inside, only whoever made it knows how many there are. */
function namedClasses({ kind, decoder }: Match): string {
  return kind === 'ssd' || kind === 'end-to-end' ? 'its' : `its ${decoder.classes}`;
}

function preprocessingOf(
  { convention }: Match,
  program: OnnxProgram,
  { layout, type, name }: Picture,
  given: OnnxOptions,
): Preprocessing {
  for (const option of ['mean', 'deviation'] as const)
    if (type === 'uint8' && given[option] !== undefined)
      throw expected(`no --${option}, as the file takes bytes`, given.file, given[option].join(', '));
  // Bytes need no scale, and who divides by 255 takes them too.
  const takesBytes = type === 'uint8' || scalesItself(program, name);
  const { mean, deviation } = takesBytes ? { mean: [0, 0, 0], deviation: [1, 1, 1] } : convention;
  return {
    ...{ layout, type, colour: given.colour ?? convention.colour },
    mean: given.mean ?? (mean as Preprocessing['mean']),
    deviation: given.deviation ?? (deviation as Preprocessing['deviation']),
  };
}

/** Only the outputs that the decoder reads, all as floats. */
function forDecoder(program: OnnxProgram, { decoder }: Match): OnnxProgram {
  const names = new Set<unknown>(Object.values(decoder));
  const kept = program.outputs.filter(({ name }) => names.has(name));
  return dropUnused(kept.reduce(asFloats, { ...program, outputs: kept }));
}

function asFloats(program: OnnxProgram, { name, type = 'float32' }: OnnxOutput): OnnxProgram {
  if (type === 'float32') return program;
  const { graph, value, output } = withoutOutput(program, name);
  const cast = graph.node('Cast', [value], `${name}_as_float`, { to: 1 });
  graph.addOutput({ ...output, value: cast, type: 'float32' });
  return graph.program;
}
