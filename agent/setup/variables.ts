// A password to be written, and what is known of the configuration -> the name of the variable that stands for it there.

import { environmentFor } from '../config/credentials.js';
import type { Environment } from '../config/fill-in.js';

export interface Variables {
  /** Names that stand for something else in the configuration, or beside it. */
  readonly taken: readonly string[];
  /** What counts before anything that is written. */
  readonly environment: Environment;
}

/** Of a configuration that is not there yet. */
export function variablesOf(file: string): Variables {
  return { taken: [], environment: environmentFor(file) };
}

/**
 * An environment that has another value by the name would hand that one to the agent.
 *
 * @param value as it is written
 * @returns the name that is wanted, or one with a number where that stands for something else
 */
export function freeVariable(wanted: string, value: string, { taken, environment }: Variables): string {
  const isFree = (name: string) => !taken.includes(name) && (environment[name] ?? value) === value;
  let variable = wanted;
  for (let number = 2; !isFree(variable); number++) variable = `${wanted}_${number}`;
  return variable;
}
