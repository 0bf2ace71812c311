// Thread of the process that imports: the id of its parent -> its end, once that parent has gone.
//
// ONNX Runtime holds the first thread while it computes, however long a file makes it.

import { workerData } from 'node:worker_threads';

const LOOK_EVERY_MS = 500;

setInterval(() => {
  if (process.ppid !== workerData) process.kill(process.pid, 'SIGKILL');
}, LOOK_EVERY_MS);
