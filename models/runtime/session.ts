// Who executes a network: ONNX Runtime here; a TensorRT process can stand behind the same interface.

/** Named outputs of one run. */
export type Outputs = ReadonlyMap<string, Float32Array>;

export interface Session {
  /** Execution provider that runs the network. */
  readonly provider: string;
  /** @param pixels planar RGB uint8 (1, 3, H, W) */
  run(pixels: Uint8Array): Promise<Outputs>;
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly provider: string;
  /** Threads of one run; 0 lets the runtime choose. */
  readonly threads: number;
}
