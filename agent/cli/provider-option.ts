// `--provider` of the commands that run a model folder once.

import { Option } from 'commander';
import { ENGINES } from '../../models/runtime/engines/registry.js';

export interface ProviderChoice {
  readonly provider: string;
}

export function providerOption(): Option {
  return new Option(
    '--provider <name>',
    'where the network runs: here, or in an engine (cspcam engines list)',
  )
    .choices(['cpu', ...ENGINES])
    .default('cpu');
}
