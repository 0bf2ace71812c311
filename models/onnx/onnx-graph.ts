// Calls like `graph.node('Relu', [x], 'y')` -> an OnnxProgram.

import type {
  AttributeValue,
  Constant,
  ElementType,
  OnnxInput,
  OnnxNode,
  OnnxOutput,
  OnnxProgram,
} from './program.js';

export class OnnxGraph {
  readonly #nodes: OnnxNode[] = [];
  readonly #constants = new Map<string, Constant>();
  readonly #inputs: OnnxInput[] = [];
  readonly #outputs: OnnxOutput[] = [];
  #versions: Pick<OnnxProgram, 'opset' | 'furtherOpsets' | 'functions'> = {};

  /** One that goes on from `program`; without the types of its values, as what comes may change them. */
  static of({ inputs, nodes, constants, outputs, valueTypes: _, ...versions }: OnnxProgram): OnnxGraph {
    const graph = new OnnxGraph();
    graph.#versions = versions;
    graph.#inputs.push(...inputs);
    graph.#nodes.push(...nodes);
    for (const [name, constant] of constants) graph.#constants.set(name, constant);
    graph.#outputs.push(...outputs);
    return graph;
  }

  get program(): OnnxProgram {
    return {
      ...this.#versions,
      inputs: this.#inputs,
      nodes: this.#nodes,
      constants: this.#constants,
      outputs: this.#outputs,
    };
  }

  /** Adds a node as it is, with all that it has; returns the name of its first value. */
  add(node: OnnxNode): string {
    this.#nodes.push(node);
    return node.output;
  }

  /** Adds a node with one output; returns the name of its value. An empty input name leaves an optional input out. */
  node(
    opType: string,
    inputs: readonly string[],
    output: string,
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): string {
    this.#nodes.push({ opType, inputs, output, attributes });
    return output;
  }

  /** A constant of `dims`. */
  tensor(name: string, dims: readonly number[], values: Constant['values']): string {
    this.#constants.set(name, { dims, values });
    return name;
  }

  scalar(value: number): string {
    return this.tensor(`scalar_${value}`, [], Float32Array.of(value));
  }

  /** A constant list, as shapes and pads are given. */
  integers(name: string, values: readonly number[]): string {
    return this.tensor(name, [values.length], BigInt64Array.from(values, BigInt));
  }

  /** Channels from `start` up to, not including, `end`. */
  channels(value: string, start: number, end: number, name: string): string {
    const axis = (label: string, n: number) => this.integers(`index_${label}${n}`, [n]);
    return this.node('Slice', [value, axis('', start), axis('', end), axis('axis', 1)], name);
  }

  input(name: string, type: ElementType, dims: readonly number[]): string {
    this.#inputs.push({ name, type, dims });
    return name;
  }

  /** The same of an output. */
  addOutput(output: OnnxOutput): void {
    this.#outputs.push(output);
  }

  /** Names `value` as an output of the graph. */
  output(value: string, name: string, dims: readonly number[]): void {
    this.#outputs.push({ name, value, dims });
  }
}
