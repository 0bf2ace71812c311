// -> a network of its own, reached by one cable that can be pulled out: packets vanish, and nobody is told. Needs root.

import { execFileSync } from 'node:child_process';

export interface OwnNetwork {
  /** Of what listens within. */
  readonly address: string;
  /** A command that runs another one within. */
  readonly within: readonly string[];
  unplug(): void;
  plug(): void;
  close(): void;
}

const NOBODY = ['lladdr', '02:00:00:00:00:99', 'nud', 'permanent'];

let made = 0;

/** @throws where this is not root, or the kernel has no such networks */
export function ownNetwork(): OwnNetwork {
  const number = (process.pid % 200) + 1;
  const name = `faults${process.pid}-${++made}`;
  const [here, there] = [`fh${process.pid % 100000}${made}`, `ft${process.pid % 100000}${made}`];
  const subnet = `10.213.${number}`;
  const ip = (...args: string[]) => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const inside = ['netns', 'exec', name, 'ip'];
  ip('netns', 'add', name);
  ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', name);
  ip('address', 'add', `${subnet}.1/24`, 'dev', here);
  ip('link', 'set', here, 'up');
  ip(...inside, 'address', 'add', `${subnet}.2/24`, 'dev', there);
  ip(...inside, 'link', 'set', there, 'up');
  ip(...inside, 'link', 'set', 'lo', 'up');
  return {
    address: `${subnet}.2`,
    within: ['ip', 'netns', 'exec', name],
    // Behind a switch: both ends are up, and what they send goes to somebody who is not there.
    unplug: () => {
      ip('neighbour', 'replace', `${subnet}.2`, ...NOBODY, 'dev', here);
      ip(...inside, 'neighbour', 'replace', `${subnet}.1`, ...NOBODY, 'dev', there);
    },
    plug: () => {
      ip('neighbour', 'delete', `${subnet}.2`, 'dev', here);
      ip(...inside, 'neighbour', 'delete', `${subnet}.1`, 'dev', there);
    },
    close: () => ip('netns', 'delete', name),
  };
}
