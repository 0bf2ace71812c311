// Who executes a network: ONNX Runtime on the thread that calls, or an engine in a process of its own.

/** Named outputs of one run. */
export type Outputs = ReadonlyMap<string, Float32Array>;

export interface Session {
  /** Execution provider that runs the network. */
  readonly provider: string;
  /** Whether a run is native code on the thread that calls, which must not be ended within it. */
  readonly isOnThread: boolean;
  /** @param pixels planar RGB uint8 (1, 3, H, W) */
  run(pixels: Uint8Array): Promise<Outputs>;
  /** The same, without a copy of outputs that lie in memory of others: they are there for `read` alone. */
  runInPlace<Value>(pixels: Uint8Array, read: (outputs: Outputs) => Value): Promise<Value>;
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly provider: string;
  /** Threads of one run; 0 lets the runtime choose. */
  readonly threads: number;
}
