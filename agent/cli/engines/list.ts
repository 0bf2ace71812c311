// cspcam engines list: what each engine says of itself.

import { type EngineState, engineStates } from '../../../models/runtime/engines/describe.js';
import type { EngineName } from '../../../models/runtime/engines/registry.js';
import { print, table } from '../models/text.js';

/** Where the libraries come from that an engine is built against. */
const SOURCES: Readonly<Record<EngineName, string>> = {
  openvino: "OpenVINO of Intel's packages or of PyPI (pip install openvino)",
  tensorrt: "TensorRT and CUDA of NVIDIA's JetPack",
};

export async function listEngines({ json }: { json?: true }): Promise<void> {
  const states = await engineStates();
  if (json) return print(JSON.stringify(states, undefined, 2));
  print(table([['engine', 'state', 'version', 'devices', 'program'], ...states.map(cells)]));
  for (const one of states) {
    const { name, state } = one;
    if (state === 'missing')
      print(`\n${name}: cspcam engines build ${name} makes it; it needs ${SOURCES[name]}`);
    if (state === 'fails') print(`\n${name}: ${one.failure}`);
  }
}

function cells(one: EngineState): string[] {
  const { version, devices } = one.state === 'works' ? one : { version: '', devices: [] };
  return [one.name, one.state, version, devices.join(', '), one.state === 'missing' ? '' : one.file];
}
