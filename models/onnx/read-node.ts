// onnx.NodeProto -> OnnxNode: attributes that passes look at as plain values, all others as they were read.

import { expected } from '#common/errors.js';
import { FLOAT_ATTRIBUTES } from './encode.js';
import type { AttributeProto, GraphProto, NodeProto } from './messages.js';
import type { AttributeValue, OnnxNode } from './program.js';

const FLOAT = 1;
const INT = 2;
const STRING = 3;
const INTS = 7;
/** The default domain has two names. */
const OWN_DOMAIN = 'ai.onnx';

/** @param index of the node, which stands for the name of one whose first output is left out */
export function readNode(node: NodeProto, index: number): OnnxNode {
  const { opType, domain } = node;
  if (!opType) throw expected('a node with an operator', whereIs(node), 'none');
  const [output, ...furtherOutputs] = node.output;
  if (output === undefined) throw expected('a node with an output', whereIs(node), 'none');
  const attributes: Record<string, AttributeValue> = {};
  for (const attribute of node.attribute) {
    const { name } = attribute;
    if (!name) throw expected('attributes with names', whereIs(node), 'one without');
    if (Object.hasOwn(attributes, name))
      throw expected('one attribute of a name', whereIs(node), `${name} twice`);
    attributes[name] = readAttribute(attribute);
  }
  const captured = node.attribute
    .flatMap(({ g, graphs }) => [...(g ? [g] : []), ...graphs])
    .flatMap(capturedBy);
  return {
    opType,
    inputs: node.input,
    output: output === '' ? `unnamed_${index}` : output,
    attributes,
    ...(furtherOutputs.length > 0 && { furtherOutputs }),
    ...(domain && domain !== OWN_DOMAIN && { domain }),
    ...(captured.length > 0 && { captured: [...new Set(captured)] }),
  };
}

/** As errors name a node. */
export function whereIs({ opType, name, output }: NodeProto): string {
  return `node ${[opType, name || output.find((one) => one !== '')].filter(Boolean).join(' ')}`;
}

function readAttribute(attribute: AttributeProto): AttributeValue {
  const { name, type, f, i, s, ints } = attribute;
  const isFloat = FLOAT_ATTRIBUTES.has(name!);
  // A field that is not written is zero.
  if (type === FLOAT && isFloat) return f ?? 0;
  if (type === INT && !isFloat) return wholeOr(Number(i ?? 0)) ?? { raw: attribute };
  if (type === STRING) return textOf(s ?? new Uint8Array()) ?? { raw: attribute };
  if (type === INTS) {
    const values = ints.map((value) => wholeOr(Number(value)));
    return values.includes(undefined) ? { raw: attribute } : (values as number[]);
  }
  return { raw: attribute };
}

/** Nothing for what rounds as a number, but for 2 ** 63 - 1, which the encoder knows. */
function wholeOr(value: number): number | undefined {
  return Number.isSafeInteger(value) || value === 2 ** 63 ? value : undefined;
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Values that a subgraph, or one within it, takes from around it. */
function capturedBy({ node, initializer, input, output }: GraphProto): string[] {
  const own = new Set([...initializer, ...input].map(({ name }) => name ?? ''));
  const read = output.map(({ name }) => name ?? '');
  for (const { input: inputs, output: outputs, attribute } of node) {
    for (const name of outputs) own.add(name);
    read.push(...inputs);
    for (const { g, graphs } of attribute)
      for (const graph of [...(g ? [g] : []), ...graphs]) read.push(...capturedBy(graph));
  }
  return read.filter((name) => name !== '' && !own.has(name));
}
