// A program -> the same, kept within bounds: what a camera sends may get the better of a decoder, but not of the machine.

import { existsSync } from 'node:fs';
import { residentBytesOf } from '#common/process-memory.js';

/** What the kernel is told of a capture process; the tools are of util-linux, which every Debian has. */
const SETPRIV = '/usr/bin/setpriv';
const PRLIMIT = '/usr/bin/prlimit';

/** Some forty are open with one pipeline; a graphics driver opens as many again. */
const MOST_FILES = 512;
/** What may be mapped and never touched beside what is in use: heaps of V8, stacks of threads. */
const MAPPED_BESIDE_BYTES = 1e9;

/**
 * No program that it starts gets more rights than it has, it holds few files, leaves no core (which would hold a
 * password) and cannot map much more than `memoryBytes`. What is not there on this machine is left out.
 */
export function contained(
  [program, ...rest]: readonly [string, ...string[]],
  memoryBytes: number,
): readonly [program: string, ...args: string[]] {
  const limits = [`--nofile=${MOST_FILES}`, '--core=0', `--data=${2 * memoryBytes + MAPPED_BESIDE_BYTES}`];
  const command = existsSync(PRLIMIT) ? [PRLIMIT, ...limits, program, ...rest] : [program, ...rest];
  const [first, ...others] = existsSync(SETPRIV) ? [SETPRIV, '--no-new-privs', ...command] : command;
  return [first!, ...others];
}

/** Of the daemon's environment: where GStreamer and graphics drivers look, nothing that holds a secret. */
const PASSED_ON =
  /^(PATH|HOME|USER|LANG|TZ|TMPDIR|DISPLAY|WAYLAND_DISPLAY|LD_LIBRARY_PATH|LD_PRELOAD|XDG_[A-Z_]+|GST_[A-Z0-9_]+|LIBVA_[A-Z0-9_]+|VDPAU_[A-Z0-9_]+|ORC_[A-Z0-9_]+|CUDA_[A-Z0-9_]+|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR))$/;

export function passedOn(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => PASSED_ON.test(name)));
}

const LOOK_EVERY_MS = 1000;

/** Looks at the memory that a process has in use, and tells once that it is too much. @returns ends it */
export function watchMemory(pid: number, mostBytes: number, onTooMuch: (bytes: number) => void): () => void {
  const timer = setInterval(async () => {
    const bytes = await residentBytesOf(pid);
    if (bytes <= mostBytes) return;
    clearInterval(timer);
    onTooMuch(bytes);
  }, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
