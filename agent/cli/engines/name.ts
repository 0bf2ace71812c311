// A word of the command line -> an engine.

import { Argument } from 'commander';
import { ENGINES } from '../../../models/runtime/engines/registry.js';

export function engineArgument(): Argument {
  return new Argument('<engine>', 'which').choices([...ENGINES]);
}
