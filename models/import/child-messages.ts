// What the process that imports a file is told, and what it tells.

import type { ImportedModel, OnnxOptions } from './import-onnx.js';

export interface ChildRequest {
  readonly path: string;
  readonly options: Omit<OnnxOptions, 'file' | 'sha256'>;
  /** A folder for this process alone; the network is left there as `CHILD_NETWORK`. */
  readonly scratch: string;
}

export type ChildReply =
  | { readonly kind: 'imported'; readonly model: Omit<ImportedModel, 'network'> }
  | { readonly kind: 'failed'; readonly message: string };

export const CHILD_NETWORK = 'network.onnx';
