// What can be typed after `cspcam bench`, and what of it does not go together.

import { UsageError } from '#common/errors.js';
import { isEngine } from '../../../models/runtime/engines/registry.js';
import type { Scenario } from '../../bench/result.js';
import type { CaseArguments } from './cases.js';

export type Measurement = Scenario | 'coldstart';

export interface BenchArguments extends CaseArguments {
  readonly scenario?: readonly Measurement[];
  readonly duration?: number;
  readonly source: string;
  readonly fps?: number;
  readonly maxAge?: number;
  readonly layers?: true;
  readonly data?: string;
  readonly images?: string;
  readonly split?: string;
  readonly compare?: true;
  readonly suite?: string;
  readonly submit?: string;
  readonly to: string;
  readonly results?: string;
  readonly against?: string;
  readonly tolerance: number;
  readonly force?: true;
  readonly json?: string | true;
  readonly csv?: string;
  readonly html?: string;
}

type Name = keyof BenchArguments;

/** What a suite says itself, or a submission has been measured with. */
const OF_A_RUN: readonly Name[] = [
  ...(['model', 'size', 'precision', 'provider', 'threads', 'sessions', 'scenario', 'duration'] as const),
  ...(['fps', 'maxAge', 'layers', 'data', 'compare', 'paper'] as const),
];

/** As it is typed. */
function option(name: Name): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** @throws UsageError for options that contradict each other */
export function checked(options: BenchArguments): BenchArguments {
  const { paper, suite, submit, results, against, data } = options;
  const given = (names: readonly Name[]) => names.filter((name) => options[name] !== undefined);
  const alone = (name: Name, others: readonly Name[], why: string) => {
    const [found] = given(others);
    if (found !== undefined) throw new UsageError(`expected --${name} without --${option(found)}: ${why}`);
  };
  if (paper && given(['model', 'size']).length > 0)
    throw new UsageError('expected --paper without --model and --size: the table says them');
  if (suite !== undefined) alone('suite', OF_A_RUN, 'the suite says what is run');
  const files: readonly Name[] = ['csv', 'html', 'against'];
  if (submit !== undefined)
    alone('submit', [...OF_A_RUN, 'suite', 'results', ...files], 'nothing is measured');
  if (results !== undefined) alone('results', [...OF_A_RUN, 'suite', ...files], 'nothing is measured');
  const engine = options.layers && options.provider?.find(isEngine);
  if (engine)
    throw new UsageError(
      `expected --layers with --provider cpu, received ${engine}: nobody times its kernels`,
    );
  if (options.force && against === undefined && submit === undefined)
    throw new UsageError('expected --against beside --force, received --force alone');
  for (const name of ['images', 'split'] as const)
    if (options[name] !== undefined && data === undefined)
      throw new UsageError(`expected --data beside --${name}, received --${name} alone`);
  return options.compare ? { precision: ['fp32', 'int8'], ...options } : options;
}
