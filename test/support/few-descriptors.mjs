// A process that may open so many further files and no more before its camera has failed once. Prints its states.

import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync } from 'node:fs';
import { Camera } from '../../dist/pipelines/capture/camera.js';
import { installedElements } from '../../dist/pipelines/elements.js';
import { FramePool } from '../../dist/pipelines/frame-pool.js';

const [uri, further] = process.argv.slice(2);
const room = Array.from({ length: 64 }, () => openSync('/dev/null'));
const pool = new FramePool();
const camera = new Camera({
  id: 'camera',
  uri,
  inputSize: { width: 96, height: 96 },
  pool,
  onFrame: ({ pixels }) => pool.release(pixels),
  onStatus: ({ state }) => {
    console.log(state);
    if (state === 'retrying') for (const descriptor of room.splice(0)) closeSync(descriptor);
    if (state === 'running') camera.close();
  },
});

await installedElements();
const used = new Set(readdirSync('/proc/self/fd').map(Number));
let limit = 0;
for (let free = 0; free < Number(further); limit++) if (!used.has(limit)) free++;
execFileSync('prlimit', ['--pid', String(process.pid), `--nofile=${limit}:`]);
camera.start();
