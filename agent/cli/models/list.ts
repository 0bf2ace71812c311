// The catalogue -> a table, JSON or Markdown.

import type { Command } from 'commander';
import { CATALOGUE } from '../../../models/networks/catalogue.js';
import { FIGURE_COLUMNS, figuresDocument, figuresOf, rowOf } from '../../../models/networks/figures.js';
import type { NetworkSpec } from '../../../models/networks/network-spec.js';
import { act, newCommand } from '../command.js';
import { print, table } from './text.js';

interface ListOptions {
  readonly json?: true;
  readonly markdown?: true;
}

export function listCommand(): Command {
  return newCommand('list', {
    summary: 'every network of the paper, with our figures beside the published ones',
    examples: ['cspcam models list', 'cspcam models list --json'],
  })
    .option('--json', 'print as JSON')
    .option('--markdown', 'print the table of the documentation, with every published size')
    .action(act(runList));
}

function runList({ json, markdown }: ListOptions): void {
  if (markdown) process.stdout.write(figuresDocument());
  else if (json) print(JSON.stringify(CATALOGUE.map(withOtherSizes), undefined, 2));
  else print(table([FIGURE_COLUMNS, ...CATALOGUE.map((system) => rowOf(figuresOf(system)[0]!))]));
}

function withOtherSizes(system: NetworkSpec) {
  const [first, ...others] = figuresOf(system);
  return {
    ...first,
    otherSizes: others.map(({ size, parameters, bflops, published }) => ({
      size,
      parameters,
      bflops,
      published,
    })),
  };
}
