// Words of a command line -> the commands that are loaded for them.

import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { commandsFor } from '../../../agent/cli/commands.js';

const ALL = [
  'run',
  'setup',
  'detect',
  'demo',
  'config',
  'cameras',
  'update',
  'doctor',
  'mqtt',
  'zones',
  'models',
  'plan',
  'engines',
  'profiles',
  'bench',
];

test.each<[words: string[], names: string[]]>([
  [['--version'], []],
  [['-V'], []],
  ...ALL.map((name): [string[], string[]] => [[name, '--help'], [name]]),
  [[], ALL],
  [['--help'], ALL],
  [['help', 'run'], ALL],
  [['rum'], ALL],
  [['constructor'], ALL],
])('%j: %j', async (words, names) => {
  const commands = await commandsFor(['node', 'cspcam', ...words]);
  expect(commands.map((command) => command.name())).toEqual(names);
});

test('a default that the help shows can be typed', async () => {
  const withInner = (command: Command): Command[] => [command, ...command.commands.flatMap(withInner)];
  const commands = (await commandsFor(['node', 'cspcam'])).flatMap(withInner);
  for (const { parseArg, defaultValue, defaultValueDescription, flags } of commands.flatMap(
    ({ options }) => options,
  ))
    if (parseArg && defaultValue !== undefined && defaultValueDescription === undefined)
      expect(() => parseArg(`${defaultValue}`, undefined), flags).not.toThrow();
});
