// CRASH in the environment -> an error that nobody expected in a running `cspcam run`, in a place of its choice.
// Loaded by NODE_OPTIONS=--import, before the program; once the broker is told that the agent is online.

import { isMainThread } from 'node:worker_threads';

const { CRASH } = process.env;
let isOnline = false;
let isEverywhere = false;

function boom() {
  throw new Error('boom\nand a second line');
}

/** By the keys of a message's body: what throws while it is being written. */
const written = {
  'frame path': (body) => 'detections' in body,
  promise: (body) => 'intervalSeconds' in body,
  status: (body) => body.state === 'running',
  everywhere: (body) => {
    isEverywhere ||= 'detections' in body;
    return isEverywhere;
  },
};

if (isMainThread && process.argv[2] === 'run') {
  const { stringify } = JSON;
  JSON.stringify = (value, ...rest) => {
    if (isOnline && typeof value === 'object' && value !== null && written[CRASH]?.(value)) boom();
    isOnline ||= value?.state === 'online';
    return stringify(value, ...rest);
  };
  const { setInterval } = globalThis;
  globalThis.setInterval = (act, ...rest) =>
    setInterval(() => (isOnline && CRASH === 'timer' ? boom() : act()), ...rest);
  const { startsWith } = String.prototype;
  String.prototype.startsWith = function (...given) {
    if (CRASH === 'listener' && this.valueOf() === 'cspcam/porch/request/log') boom();
    return startsWith.apply(this, given);
  };
}
