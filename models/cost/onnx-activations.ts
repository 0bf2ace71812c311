// Nodes of an ONNX program -> which of them are the activation after another one, as runtimes fuse them.

import type { Activation } from '../layers/activation.js';
import { type OnnxNode, type OnnxProgram, valuesReadBy } from '../onnx/program.js';

/** What a node is followed by, and the nodes that this stands for. */
export interface Followed {
  readonly activation: Activation;
  readonly nodes: readonly OnnxNode[];
}

const SINGLE: Readonly<Record<string, Activation>> = {
  Relu: 'relu',
  Clip: 'relu6',
  LeakyRelu: 'leaky',
  PRelu: 'leaky',
  Elu: 'elu',
  Sigmoid: 'logistic',
  HardSigmoid: 'logistic',
  Tanh: 'tanh',
  HardSwish: 'swish',
  Gelu: 'swish',
  Mish: 'mish',
};

/** Operators between a value and the product of both: x * sigmoid(x), x * tanh(softplus(x)). */
const GATES: readonly (readonly [operators: readonly string[], activation: Activation])[] = [
  [['Sigmoid'], 'swish'],
  [['HardSigmoid'], 'swish'],
  [['Softplus', 'Tanh'], 'mish'],
];

export class Activations {
  readonly #readers = new Map<string, OnnxNode[]>();
  readonly #leaving: ReadonlySet<string>;

  constructor({ nodes, outputs }: OnnxProgram) {
    this.#leaving = new Set(outputs.map(({ value }) => value));
    for (const node of nodes)
      for (const name of new Set(valuesReadBy(node)))
        this.#readers.set(name, [...(this.#readers.get(name) ?? []), node]);
  }

  /** @returns nothing where others read the value as well, or it leaves the graph */
  after(value: string): Followed | undefined {
    if (this.#leaving.has(value)) return undefined;
    const readers = this.#readers.get(value) ?? [];
    const [first] = readers;
    const single = readers.length === 1 ? SINGLE[first!.opType] : undefined;
    if (single !== undefined) return { activation: single, nodes: [first!] };
    for (const [operators, activation] of GATES) {
      const nodes = this.#gate(value, readers, operators);
      if (nodes !== undefined) return { activation, nodes };
    }
    return undefined;
  }

  #gate(value: string, readers: readonly OnnxNode[], operators: readonly string[]): OnnxNode[] | undefined {
    const product = readers.find(({ opType }) => opType === 'Mul');
    let gate = readers.find(({ opType }) => opType === operators[0]);
    if (readers.length !== 2 || product === undefined || gate === undefined) return undefined;
    const nodes = [gate];
    for (const operator of operators.slice(1)) {
      gate = this.#only(gate.output);
      if (gate?.opType !== operator) return undefined;
      nodes.push(gate);
    }
    const isProduct = product.inputs.includes(value) && product.inputs.includes(gate.output);
    return isProduct && this.#only(gate.output) === product ? [...nodes, product] : undefined;
  }

  #only(value: string): OnnxNode | undefined {
    const readers = this.#readers.get(value) ?? [];
    return readers.length === 1 && !this.#leaving.has(value) ? readers[0] : undefined;
  }
}
