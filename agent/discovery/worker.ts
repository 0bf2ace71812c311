// The thread in which strangers are listened to: a task -> what came of it. With it the ONVIF library is loaded, which
// reads without a bound on time, so that whoever started the thread ends it.

import { parentPort, workerData } from 'node:worker_threads';
import type { Task, Told } from './words.js';
import { askDevice } from './worker/ask-device.js';
import { browse } from './worker/browse.js';
import { probe } from './worker/probe.js';

const task = workerData as Task;
const tell = (told: Told) => parentPort?.postMessage(told);

if (task.kind === 'probe') probe(task, tell);
else if (task.kind === 'browse') browse(task, tell);
else await askDevice(task, tell);
