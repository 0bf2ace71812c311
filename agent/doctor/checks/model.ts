// The model that would run, a trial of it, and the networks that were kept -> findings. Pure.

import type { KeptNetworks } from '../facts/kept-networks.js';
import type { ModelFacts } from '../facts/model.js';
import { apart, error, type Finding, note, ok, type Remedy, warning } from '../finding.js';
import type { Subject } from '../subject.js';

export function judgeModel({ model, failure, trial }: ModelFacts, subject: Subject): Finding[] {
  const { file, config, program } = subject;
  if (model === undefined) {
    const todo =
      config?.model === undefined
        ? 'install cspcam again: its own model is damaged (in a checkout: npm run build)'
        : `set model in ${file} to a folder that ${program} models import or quantize wrote, or leave it out`;
    const { seen, expected = 'a model folder whose files are whole' } = apart(failure ?? 'none');
    return [error('model.files', seen, expected, todo)];
  }
  const { name, directory, precision, reason } = model;
  return [
    ok('model.files', `${name} in ${directory}: every file as model.json says`),
    ok('model.precision', reason.startsWith(precision) ? reason : `${precision}: ${reason}`),
    ...(trial === undefined ? [] : [judgeTrial(trial, subject)]),
  ];
}

function judgeTrial(trial: NonNullable<ModelFacts['trial']>, { config, file, program }: Subject): Finding {
  const id = 'model.trial';
  if (!('failure' in trial)) {
    const [open, frame] = [trial.openMs, trial.frameMs].map(Math.round);
    return ok(id, `one frame in ${frame} ms with one thread, ${open} ms after the start`);
  }
  const provider = config?.inference.provider ?? 'cpu';
  if (trial.signal !== undefined)
    return error(
      id,
      `the process was ended by ${trial.signal}`,
      'a frame through the network',
      trial.signal === 'SIGILL'
        ? 'the processor lacks an instruction that ONNX Runtime needs: in a virtual machine, pass the processor through (cpu=host)'
        : `${program} detect test:ball --frames 1 --verbose shows more`,
    );
  if (provider !== 'cpu')
    return error(
      id,
      trial.failure,
      `provider ${provider} on this machine`,
      `set inference.provider in ${file} to cpu`,
    );
  return error(
    id,
    trial.failure,
    'a frame through the network',
    `${program} detect test:ball --frames 1 --verbose shows more`,
  );
}

export function judgeKept(
  { files, bytes, damaged, unfinished, unreadable }: KeptNetworks,
  subject: Subject,
): Finding[] {
  const { folders, who, sudo } = subject;
  const id = 'model.kept';
  const remove = (of: readonly string[]): Remedy => ({ run: ['rm', '-f', ...of], asRoot: !who.isSelf });
  const findings = [
    ...(unreadable.length > 0
      ? [
          warning(
            id,
            `${unreadable.length} optimized networks in ${folders.cache} cannot be read`,
            `files of ${who.user}: each start makes them anew`,
            `${sudo}chown -R ${who.user}: ${folders.cache}`,
          ),
        ]
      : []),
    ...(damaged.length > 0
      ? [
          note(
            id,
            `${damaged.length} damaged networks in ${folders.cache}`,
            'whole ones: the next start makes them anew',
            remove(damaged),
          ),
        ]
      : []),
    ...(unfinished.length > 0
      ? [
          note(
            id,
            `${unfinished.length} unfinished files in ${folders.cache}`,
            'none: their writers are gone',
            remove(unfinished),
          ),
        ]
      : []),
  ];
  if (findings.length > 0) return findings;
  return files === 0
    ? []
    : [ok(id, `${files} optimized networks, ${Math.round(bytes / 1e6)} MB, in ${folders.cache}`)];
}
