// A process with one camera, for tests that end it in every way. Prints the process id of the capture.

import { Camera } from '../../dist/pipelines/capture/camera.js';
import { FramePool } from '../../dist/pipelines/frame-pool.js';

const pool = new FramePool();
const camera = new Camera({
  id: 'camera',
  uri: process.argv[2],
  inputSize: { width: 96, height: 96 },
  pool,
  onFrame: ({ pixels }) => pool.release(pixels),
  onStatus: ({ state }) => {
    if (state === 'running') console.log(`capture ${camera.pid}`);
  },
});
camera.start();
