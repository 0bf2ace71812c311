// The words of a command line -> the commands that it needs, loaded with all that they import.

import type { Command } from 'commander';
import { keepHeapSmall } from './small-heap.js';

/** In the order of the help. Half a second of the start would be for what the other commands import. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => {
    keepHeapSmall();
    return (await import('./run.js')).runCommand();
  },
  setup: async () => (await import('./setup.js')).setupCommand(),
  detect: async () => (await import('./detect.js')).detectCommand(),
  demo: async () => (await import('./demo.js')).demoCommand(),
  config: async () => (await import('./config.js')).configCommand(),
  cameras: async () => (await import('./cameras.js')).camerasCommand(),
  update: async () => (await import('./update.js')).updateCommand(),
  doctor: async () => (await import('./doctor.js')).doctorCommand(),
  mqtt: async () => (await import('./mqtt.js')).mqttCommand(),
  zones: async () => (await import('./zones.js')).zonesCommand(),
  models: async () => (await import('./models.js')).modelsCommand(),
  plan: async () => (await import('./plan.js')).planCommand(),
  engines: async () => (await import('./engines.js')).enginesCommand(),
  profiles: async () => (await import('./profiles.js')).profilesCommand(),
  bench: async () => (await import('./bench.js')).benchCommand(),
};

/** @param argv as in `process.argv`; help and words that are no command need them all */
export async function commandsFor([, , word = '']: readonly string[]): Promise<Command[]> {
  if (word === '--version' || word === '-V') return [];
  const named = Object.hasOwn(COMMANDS, word) ? [COMMANDS[word]!] : Object.values(COMMANDS);
  return Promise.all(named.map((load) => load()));
}
