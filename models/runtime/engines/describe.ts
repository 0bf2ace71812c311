// The engines of this machine -> what each says of itself, without a network.

import { type EngineEvents, EngineProcess, type EngineProgram } from './engine-process.js';
import { expectProtocol, HELLO_MS } from './hello.js';
import { textIn } from './protocol.js';
import { ENGINES, type EngineName, findEngine } from './registry.js';
import { SharedFile } from './shared-file.js';
import { systemCallsBeside } from './system-calls.js';

export interface EngineDescription {
  readonly version: string;
  readonly devices: readonly string[];
}

/** @throws CspcamError where it does not start, or is no engine */
export async function describeEngine(program: EngineProgram): Promise<EngineDescription> {
  const nothing = new SharedFile();
  const events: EngineEvents = { onMessage: () => {}, onFailure: () => {} };
  const calls = systemCallsBeside(program.file);
  const engine = new EngineProcess(program, [nothing.descriptor, nothing.descriptor], events, calls);
  nothing.close();
  try {
    const hello = await engine.expect('hello', HELLO_MS);
    expectProtocol(hello, program.name);
    return { version: textIn(hello, 'version'), devices: textIn(hello, 'devices').split(',') };
  } finally {
    await engine.end();
  }
}

export type EngineState = { readonly name: EngineName } & (
  | { readonly state: 'missing' }
  | ({ readonly state: 'works'; readonly file: string } & EngineDescription)
  | { readonly state: 'fails'; readonly file: string; readonly failure: string }
);

/** Of each that there could be. */
export function engineStates(): Promise<EngineState[]> {
  return Promise.all(ENGINES.map(stateOf));
}

async function stateOf(name: EngineName): Promise<EngineState> {
  const program = await findEngine(name);
  if (program === undefined) return { name, state: 'missing' };
  const { file } = program;
  try {
    return { name, state: 'works', file, ...(await describeEngine(program)) };
  } catch (error) {
    return { name, state: 'fails', file, failure: (error as Error).message };
  }
}
