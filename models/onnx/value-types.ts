// OnnxProgram -> the element types of its values, from the inputs on. Shapes are the runtime's matter.

import { elementTypeOf, typeOfValues } from './element-types.js';
import { type ElementType, type OnnxNode, type OnnxProgram, outputsOf } from './program.js';

const WHOLE: ReadonlySet<string> = new Set([
  'ArgMax',
  'ArgMin',
  'NonMaxSuppression',
  'NonZero',
  'Shape',
  'Size',
]);
const TRUTHS: ReadonlySet<string> = new Set([
  'And',
  'Equal',
  'Greater',
  'GreaterOrEqual',
  'IsInf',
  'IsNaN',
  'Less',
  'LessOrEqual',
  'Not',
  'Or',
  'Xor',
]);
/** Their second output counts or tells places. */
const WITH_PLACES: ReadonlySet<string> = new Set(['MaxPool', 'TopK', 'Unique']);

/** Of values whose operator says it; those of subgraphs, other domains and rare operators are left out. */
export function elementTypes({ inputs, nodes, constants }: OnnxProgram): ReadonlyMap<string, ElementType> {
  const types = new Map<string, ElementType>(inputs.map(({ name, type }) => [name, type]));
  for (const [name, { values, type }] of constants) types.set(name, type ?? typeOfValues(values));
  for (const node of nodes) {
    const [first, ...others] = outputsOf(node);
    const type = typeOf(node, types);
    if (type === undefined) continue;
    types.set(first!, type);
    for (const other of others) types.set(other, WITH_PLACES.has(node.opType) ? 'int64' : type);
  }
  return types;
}

function typeOf(
  { opType, inputs, attributes, domain, captured }: OnnxNode,
  types: ReadonlyMap<string, ElementType>,
): ElementType | undefined {
  if (domain !== undefined || captured !== undefined) return undefined;
  if (WHOLE.has(opType)) return 'int64';
  if (TRUTHS.has(opType)) return 'bool';
  if (opType === 'Cast') return elementTypeOf(attributes.to as number);
  if (opType === 'ConstantOfShape' || opType === 'Dropout') return undefined;
  return types.get(inputs[opType === 'Where' ? 1 : 0] ?? '');
}
