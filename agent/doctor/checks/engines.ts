// Engines that were built, and those that could be -> findings. Pure.

import type { EngineState } from '../../../models/runtime/engines/describe.js';
import { error, type Finding, note, ok, warning } from '../finding.js';
import type { Subject } from '../subject.js';

export function judgeEngines(states: readonly EngineState[], { config, file, program }: Subject): Finding[] {
  const wanted = config?.inference.provider ?? 'auto';
  return states.flatMap((one): Finding | [] => {
    const { name } = one;
    const id = `model.engine.${name}`;
    const build = `${program} engines build ${name}`;
    if (one.state === 'works') return ok(id, `${name} ${one.version} on ${one.devices.join(', ')}`);
    if (one.state === 'fails') {
      const judge = wanted === name ? error : warning;
      return judge(id, one.failure, `engine ${name} to start`, build);
    }
    if (wanted === name) return error(id, 'none', `engine ${name}, which ${file} asks for`, build);
    return [];
  });
}

/** Where nothing was built, what would be worth it. */
export function judgeChance(
  states: readonly EngineState[],
  cpuFlags: ReadonlySet<string>,
  program: string,
): Finding[] {
  const isMissing = states.some(({ name, state }) => name === 'openvino' && state === 'missing');
  if (!isMissing || !cpuFlags.has('amx_bf16')) return [];
  return [
    note(
      'model.engine.openvino',
      'the processor has AMX for bf16, which ONNX Runtime does not use',
      'engine openvino, which is three times as fast as floats there, and about as fast as int8',
      `${program} engines build openvino`,
    ),
  ];
}
