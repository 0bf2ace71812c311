// What the harness asks a process that holds one engine, and what it answers: one line of JSON each.

export type Precision = 'fp32' | 'int8' | 'default';

export interface OpenJob {
  readonly engine: string;
  /** `default` leaves floats to what the engine finds best on the machine. */
  readonly precision: Precision;
  readonly threads: number;
  readonly files: Readonly<Record<string, string>>;
  /** Width and height. */
  readonly size: readonly [number, number];
  /** File of planar RGB bytes, (3, H, W). */
  readonly pixels: string;
  /** In this order they are answered. */
  readonly outputs: readonly string[];
}

export type Request = { readonly open: OpenJob } | { readonly burst: { readonly seconds: number } };

export interface Answer {
  readonly error?: string;
  /** Base64 of float32, all outputs one after the other. */
  readonly outputs?: string;
  /** Of each run. */
  readonly ms?: readonly number[];
}
