// This machine -> kernel, C library and Node, as far as they decide whether anything runs.

import { release } from 'node:os';
import { outputOf } from './output.js';

export interface SystemFacts {
  readonly kernel: string;
  /** `2.36`; nothing where it is another C library. */
  readonly glibc?: string;
  /** `20.19.1` */
  readonly node: string;
}

export async function readSystem(signal: AbortSignal): Promise<SystemFacts> {
  const glibc = /^glibc ([\d.]+)$/.exec((await outputOf(signal, 'getconf', 'GNU_LIBC_VERSION')) ?? '')?.[1];
  return { kernel: release(), node: process.versions.node, ...(glibc !== undefined && { glibc }) };
}
