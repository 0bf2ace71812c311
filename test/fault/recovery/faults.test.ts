// Faults that are brought about for real, again and again -> every time the daemon sees its cameras again, by itself.
// CSPCAM_FAULTS says how often each, for the table; without it only the quick ones are tried, once.

import { type ChildProcess, execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, type TestContext, test } from 'vitest';
import { type Clip, clipOf } from '../../support/access-units.js';
import { buildOpenvino, enginesOf, openvinoHere, referenceAs } from '../../support/engines.js';
import { type Fault, TABLE_HEAD, type Tally, tableRow, tallyOf } from '../../support/fault-round.js';
import { World, type WorldOptions } from '../../support/fault-world.js';
import { startMosquitto } from '../../support/mosquitto.js';
import { ownNetwork } from '../../support/own-network.js';
import { isAlive } from '../../support/processes.js';
import { publish } from '../../support/requests.js';
import { type CameraAnswer, RtspCamera } from '../../support/rtsp-camera.js';
import { h264, type RtspServer, startRtspServer } from '../../support/rtsp-server.js';
import { type SlowLine, slowLineTo } from '../../support/slow-line.js';
import { isHere, PYTHON } from '../../support/tools.js';

const ROUNDS = Number(process.env['CSPCAM_FAULTS'] ?? 0);
/** Where the table goes, and the logs of the agents beside it. */
const TABLE = process.env['CSPCAM_FAULTS_TABLE'];
const HOUR_MS = 3_600_000;
/** After ten seconds of frames a failure of a camera counts as the first. */
const CALM_MS = 11_000;
/** The same of a connection to a broker, after thirty. */
const LONG_CALM_MS = 31_000;
const BALLASTS = 2;
const BALLAST_BYTES = 600 << 20;
/** By row. */
const tallies = new Map<string, Tally>();

/** Five frames a second, every one looked at, and events. */
const BALL = {
  source: 'test:ball?width=320&height=240&fps=5',
  motion: { enabled: false },
  zones: {
    left: {
      points: [
        [0, 0],
        [0.5, 0],
        [0.5, 1],
        [0, 1],
      ],
    },
  },
};
const RTSP = { ...BALL, zones: {} };

interface Started {
  readonly world: World;
  readonly fault: Fault;
  /** The fault is of the disk that events wait on. */
  readonly isOfOutbox?: boolean;
  readonly close?: () => unknown;
}

/** What a row needs is made when its turn comes. @param skip for one that this machine does not let be */
type Row = (skip: TestContext['skip']) => Promise<Started>;

const start = (options: Partial<WorldOptions> = {}) =>
  World.start({ cameras: { one: BALL, two: BALL }, ...options });

/** The daemon reaches its broker by way of the line. */
async function startOverLine(): Promise<{ readonly world: World; readonly line: SlowLine }> {
  let line!: SlowLine;
  const world = await start({
    via: async (broker) => {
      line = await slowLineTo(broker.port);
      return line.port;
    },
  });
  return { world, line };
}

const ofCapture =
  (name: string, act: (pid: number) => unknown): Row =>
  async () => ({
    world: await start(),
    fault: {
      name,
      calmMs: CALM_MS,
      begin: async (world) => {
        await act(await world.capturePid('one'));
        return undefined;
      },
    },
  });

const ofWorker =
  (name: string, what: string, environment: Record<string, string> = {}): Row =>
  async () => ({
    world: await start({ environment }),
    fault: {
      name,
      begin: async (world) => {
        // Whole or not at all: it is looked at all the time.
        await writeFile(`${world.workerFault}.new`, what);
        await rename(`${world.workerFault}.new`, world.workerFault);
        while (existsSync(world.workerFault)) await wait(5);
        return undefined;
      },
    },
  });

const HOLD_THREAD = [PYTHON, resolve(import.meta.dirname, '../../support/hold-thread.py')] as const;

/** Containers and Yama may refuse it. Tried on a process that is no child of who tries, as the daemon is none. */
const mayHoldThreads = () => {
  const [python, program] = HOLD_THREAD;
  const { status } = spawnSync(python, [program, String(process.pid)], { stdio: 'ignore' });
  return isHere('leave to stop a thread (ptrace)', status === 0);
};

const hungWorker: Row = async (skip) => {
  skip(!mayHoldThreads(), 'ptrace is refused here');
  let letGo: () => Promise<unknown> = async () => undefined;
  return {
    world: await start(),
    fault: {
      name: 'inference thread hangs',
      begin: async (world) => {
        const tid = await readFile(`${world.workerFault}.tid`, 'utf8');
        const [python, program] = HOLD_THREAD;
        const holder = spawn(python, [program, tid], { stdio: ['pipe', 'pipe', 'inherit'] });
        await Promise.race([once(holder.stdout, 'data'), failureOf(holder)]);
        letGo = async () => {
          const gone = once(holder, 'exit');
          holder.stdin.end();
          await gone;
        };
        return undefined;
      },
      tidy: () => letGo(),
    },
  };
};

async function failureOf(holder: ChildProcess): Promise<never> {
  const [code] = await once(holder, 'exit');
  throw new Error(`expected a thread that is held, received exit code ${code}`);
}

/** The real OpenVINO where it is here, else the reference engine under its name. */
const ofEngine =
  (name: string, signal: NodeJS.Signals): Row =>
  async () => {
    const from = openvinoHere();
    const folder = from === undefined ? await referenceAs('openvino') : await buildOpenvino(from);
    const world = await start({
      environment: { CSPCAM_ENGINES: folder },
      config: { inference: { provider: 'openvino', sessions: 1, threads: 1 } },
    });
    return {
      world,
      fault: {
        name,
        begin: async () => {
          const [pid] = await enginesOf(world.pid);
          process.kill(pid!, signal);
          return undefined;
        },
      },
      close: async () => {
        const left = (await readdir('/dev/shm')).filter((file) => file.startsWith(`cspcam-${world.pid}-`));
        expect(left).toEqual([]);
      },
    };
  };

const QUICK: Readonly<Record<string, Row>> = {
  'inference thread ends': ofWorker('inference thread ends', 'exit'),
  'inference thread hangs': hungWorker,
  'engine killed': ofEngine('engine: SIGKILL', 'SIGKILL'),
  'engine stopped': ofEngine('engine: SIGSTOP', 'SIGSTOP'),
};

const ofServer =
  (
    name: string,
    holdMs: number,
    begin: (server: RtspServer, world: World) => Promise<() => Promise<unknown>>,
  ): Row =>
  async () => {
    const server = await startRtspServer({ '/ball': h264('ball', 320, 240).replaceAll('25/1', '5/1') });
    return {
      world: await start({ cameras: { rtsp: { ...RTSP, source: server.url('/ball') }, two: BALL } }),
      fault: { name, holdMs, calmMs: CALM_MS, begin: (world) => begin(server, world) },
      close: () => server.close(),
    };
  };

interface ChangingCamera {
  answer: (answer: CameraAnswer) => CameraAnswer;
  send: (packets: readonly Buffer[]) => readonly Buffer[];
  /** A camera in its place, which sends something else. */
  become(clip: Clip): Promise<void>;
}

/** In this process. */
const ofCamera =
  (
    name: string,
    holdMs: number,
    begin: (camera: ChangingCamera, world: World) => Promise<() => Promise<unknown>>,
  ): Row =>
  async () => {
    const changing: ChangingCamera = {
      answer: (answer) => answer,
      send: (packets) => packets,
      become: async (clip) => {
        const { port } = camera;
        await camera.close();
        camera = await RtspCamera.start(optionsOf(clip), port);
      },
    };
    const optionsOf = (clip: Clip) => ({
      clip,
      framesPerSecond: 5,
      ticks: (frame: number) => 18_000 * frame,
      answer: (answer: CameraAnswer) => changing.answer(answer),
      send: (packets: readonly Buffer[]) => changing.send(packets),
    });
    let camera = await RtspCamera.start(optionsOf(await clipOf({ pattern: 'ball', keyEvery: 5 })));
    return {
      world: await start({ cameras: { rtsp: { ...RTSP, source: camera.url() }, two: BALL } }),
      fault: { name, holdMs, calmMs: CALM_MS, begin: (world) => begin(changing, world) },
      close: () => camera.close(),
    };
  };

const randomBytes = (packet: Buffer) => Buffer.from(packet.map(() => Math.floor(256 * Math.random())));

interface Disk {
  readonly folder: string;
  /** A file with its file system. */
  readonly image: string;
}

const ofDisk =
  (name: string, holdMs: number, begin: (disk: Disk) => Promise<() => Promise<unknown>>): Row =>
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'disk-'));
    // A real file system: a full, a broken and a frozen one behave as on a board.
    const disk = { folder, image: `${folder}.image` };
    execFileSync('truncate', ['-s', '16M', disk.image]);
    execFileSync('mkfs.ext4', ['-q', disk.image]);
    mount(disk);
    return {
      world: await start({ outbox: join(folder, 'outbox') }),
      fault: { name, holdMs, begin: () => begin(disk) },
      isOfOutbox: true,
      close: async () => {
        execFileSync('umount', ['-l', folder]);
        await rm(disk.image);
      },
    };
  };

function mount({ folder, image }: Disk): void {
  execFileSync('mount', ['-o', 'loop,errors=remount-ro', image, folder]);
}

/** Those that a process has stay; none of the numbers below is free. */
const LOWEST_DESCRIPTORS = '10';

function limitDescriptors(pid: number, soft: string): void {
  execFileSync('prlimit', ['--pid', String(pid), `--nofile=${soft}:`]);
}

/**
 * As `MemoryMax` of the unit, with something beside the captures that takes it up: the kernel ends the process with the
 * highest score, by a part of the limit.
 */
const ofMemory: Row = async () => {
  const group = await mkdtemp('/sys/fs/cgroup/memory/cspcam-faults-');
  const within = ['sh', '-c', `echo $$ > ${group}/cgroup.procs && exec "$@"`, 'sh'];
  // Of a higher score than the daemon, and a lower one than captures.
  const hold = `held = b'x' * ${BALLAST_BYTES / BALLASTS}; print('full', flush=True); input()`;
  return {
    world: await start({ within }),
    fault: {
      name: 'memory limit of the service, a capture dies',
      holdMs: 5000,
      calmMs: CALM_MS,
      begin: async (world) => {
        const pid = await world.capturePid('one');
        const stat = await readFile(join(group, 'memory.stat'), 'utf8');
        // Without what files take, which is given up first.
        const limit = Number(/^total_rss (\d+)/m.exec(stat)?.[1]) + BALLAST_BYTES;
        await writeFile(join(group, 'memory.limit_in_bytes'), String(limit));
        const [program, ...args] = [...within, '/usr/bin/python3', '-c', hold] as const;
        const ballasts = Array.from({ length: BALLASTS }, () =>
          spawn(program!, args, { stdio: ['pipe', 'pipe', 'inherit'] }),
        );
        // The kernel may end one of them as well.
        await Promise.all(
          ballasts.map((ballast) => Promise.race([once(ballast.stdout, 'data'), once(ballast, 'exit')])),
        );
        // What is started in its place finds less than it needs.
        if (isAlive(pid)) process.kill(pid, 'SIGKILL');
        return async () => {
          const left = ballasts.filter(
            ({ exitCode, signalCode }) => exitCode === null && signalCode === null,
          );
          const gone = left.map((ballast) => once(ballast, 'exit'));
          for (const { stdin } of left) stdin.end('\n');
          await Promise.all(gone);
        };
      },
    },
    close: async () => {
      await wait(500);
      execFileSync('rmdir', [group]);
    },
  };
};

const SLOW: Readonly<Record<string, Row>> = {
  'RTSP server killed': ofServer('RTSP server killed', 5000, async (server) => {
    await server.stop();
    return () => server.restart();
  }),
  'RTSP server paused': ofServer('RTSP server paused', 15_000, async (server) => {
    server.freeze();
    return async () => server.thaw();
  }),
  'RTSP 404': ofCamera('RTSP camera refuses: 404', 8000, async (camera) => {
    camera.answer = ({ headers }) => ({ status: '404 Not Found', headers });
    await camera.become(await clipOf({ pattern: 'ball', keyEvery: 5 }));
    return async () => {
      camera.answer = (answer) => answer;
    };
  }),
  'RTSP login': ofCamera(
    'RTSP camera refuses the login, then request/restart',
    5000,
    async (camera, world) => {
      const headers = { 'WWW-Authenticate': 'Basic realm="camera"' };
      camera.answer = () => ({ status: '401 Unauthorized', headers });
      await camera.become(await clipOf({ pattern: 'ball', keyEvery: 5 }));
      return async () => {
        camera.answer = (answer) => answer;
        await publish(world.broker.port, 'cspcam/porch/request/restart', '-m', '{"camera":"rtsp"}');
      };
    },
  ),
  'RTSP size': ofCamera('RTSP camera changes its size and back', 3000, async (camera) => {
    await camera.become(await clipOf({ pattern: 'ball', keyEvery: 5, width: 640, height: 360 }));
    return async () => camera.become(await clipOf({ pattern: 'ball', keyEvery: 5 }));
  }),
  'RTSP codec': ofCamera('RTSP camera changes its codec and back', 3000, async (camera) => {
    await camera.become(await clipOf({ pattern: 'ball', keyEvery: 5, codec: 'H265' }));
    return async () => camera.become(await clipOf({ pattern: 'ball', keyEvery: 5 }));
  }),
  'RTSP garbage': ofCamera('RTSP camera sends garbage', 8000, async (camera) => {
    camera.send = (packets) => packets.map(randomBytes);
    return async () => {
      camera.send = (packets) => packets;
    };
  }),
  'capture segfault': ofCapture('capture: SIGSEGV', (pid) => process.kill(pid, 'SIGSEGV')),
  'capture stopped': ofCapture('capture: SIGSTOP', (pid) => process.kill(pid, 'SIGSTOP')),
  'capture descriptors': ofServer(
    'capture out of descriptors, then its camera goes',
    3000,
    async (server, world) => {
      limitDescriptors(await world.capturePid('rtsp'), LOWEST_DESCRIPTORS);
      await server.stop();
      return () => server.restart();
    },
  ),
  'daemon descriptors': async () => ({
    world: await start(),
    fault: {
      name: 'daemon out of descriptors, a capture dies',
      holdMs: 5000,
      calmMs: CALM_MS,
      begin: async (world) => {
        const limits = await readFile(`/proc/${world.pid}/limits`, 'utf8');
        const before = /^Max open files\s+(\d+)/m.exec(limits)![1]!;
        const pid = await world.capturePid('one');
        limitDescriptors(world.pid, LOWEST_DESCRIPTORS);
        process.kill(pid, 'SIGKILL');
        return async () => limitDescriptors(world.pid, before);
      },
    },
  }),
  'broker killed': async () => ({
    world: await start(),
    fault: {
      name: 'broker killed',
      holdMs: 5000,
      calmMs: LONG_CALM_MS,
      begin: async ({ broker }) => {
        await broker.stop('SIGKILL');
        return () => broker.restart();
      },
    },
  }),
  'broker frozen': async () => ({
    world: await start(),
    fault: {
      name: 'broker stopped (SIGSTOP)',
      holdMs: 15_000,
      begin: async ({ broker }) => {
        broker.freeze();
        return async () => broker.thaw();
      },
    },
  }),
  'broker partitioned': async () => {
    const network = ownNetwork();
    return {
      world: await start({ broker: network }),
      fault: {
        name: 'broker partitioned',
        holdMs: 20_000,
        begin: async () => {
          network.unplug();
          return async () => network.plug();
        },
      },
      close: () => network.close(),
    };
  },
  'broker refuses': async () => {
    const { world, line } = await startOverLine();
    const strict = await startMosquitto({ user: { name: 'joe', password: 'secret' } });
    return {
      world,
      fault: {
        name: 'broker refuses the login',
        holdMs: 5000,
        calmMs: LONG_CALM_MS,
        begin: async ({ broker }) => {
          line.target = strict.port;
          line.cut();
          return async () => {
            line.target = broker.port;
          };
        },
      },
      close: async () => {
        await line.close();
        await strict.close();
      },
    };
  },
  'broker slow': async () => {
    const { world, line } = await startOverLine();
    return {
      world,
      fault: {
        name: 'broker slow (4 kB/s)',
        holdMs: 15_000,
        begin: async () => {
          line.isSlow = true;
          return async () => {
            line.isSlow = false;
          };
        },
      },
      close: () => line.close(),
    };
  },
  'disk full': ofDisk('disk full', 5000, async ({ folder }) => {
    const file = join(folder, 'other');
    await promisify(execFile)('dd', ['if=/dev/zero', `of=${file}`, 'bs=64k']).catch(() => {});
    return () => rm(file);
  }),
  'disk read-only': ofDisk('disk fails and is read-only, then is mended', 5000, async (disk) => {
    const [device = ''] = execFileSync('losetup', ['-j', disk.image], { encoding: 'utf8' }).split(':');
    await writeFile(`/sys/fs/ext4/${basename(device)}/trigger_fs_error`, '1');
    return async () => {
      execFileSync('umount', ['-l', disk.folder]);
      // It says by its exit code that it had something to mend.
      spawnSync('e2fsck', ['-fy', disk.image], { stdio: 'ignore' });
      mount(disk);
    };
  }),
  'disk hangs': ofDisk('disk hangs', 8000, async ({ folder }) => {
    execFileSync('fsfreeze', ['-f', folder]);
    return async () => execFileSync('fsfreeze', ['-u', folder]);
  }),
  'clock jumps': async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'clock-')), 'ahead');
    await writeFile(file, '0');
    let aheadMs = 0;
    const program = pathToFileURL(resolve(import.meta.dirname, '../../support/clock-jump.mjs')).href;
    return {
      world: await start({ environment: { CLOCK_JUMP: file, NODE_OPTIONS: `--import=${program}` } }),
      fault: {
        name: 'clock of the daemon jumps an hour on, or back',
        holdMs: 3000,
        byArrival: true,
        begin: async () => {
          aheadMs = aheadMs === 0 ? HOUR_MS : 0;
          await writeFile(file, String(aheadMs));
          return async () => undefined;
        },
      },
    };
  },
  'worker throws': ofWorker('inference thread: an error nobody expected', 'throw'),
  'worker memory': ofWorker('inference thread out of memory', 'heap', {
    NODE_OPTIONS: '--max-old-space-size=160',
  }),
  'memory limit': ofMemory,
};

/** Parts of names, with commas between them. */
const only = process.env['CSPCAM_FAULTS_ONLY']?.split(',');
const rows = Object.entries(ROUNDS > 0 ? { ...QUICK, ...SLOW } : QUICK).filter(
  ([name]) => only === undefined || only.some((part) => name.includes(part)),
);

describe('the daemon recovers from', { concurrent: true }, () => {
  test.for(rows)('%s', { timeout: HOUR_MS }, async ([name, row], { skip }) => {
    const { world, fault, isOfOutbox = false, close } = await row(skip);
    try {
      const tally = await tallyOf(fault, world, Math.max(1, ROUNDS));
      tallies.set(name, tally);
      await writeTable();
      expect(tally.isSameProcess, world.agent.err.slice(-3000)).toBe(true);
      expect(tally.rounds.map(({ recoveryMs }) => recoveryMs)).not.toContain(undefined);
      if (!isOfOutbox) expect(tally.eventsLost, world.agent.err.slice(-3000)).toBe(0);
    } finally {
      if (TABLE !== undefined) await writeFile(`${TABLE}.${name}.log`, world.agent.err);
      await world.close();
      await close?.();
    }
  });
});

/** After each row: it takes an hour. */
async function writeTable(): Promise<void> {
  if (ROUNDS === 0 || TABLE === undefined) return;
  const load = loadavg()
    .map((one) => one.toFixed(1))
    .join(', ');
  const machine = `${cpus()[0]?.model}, ${cpus().length} cores; load ${load} at the end.`;
  const inOrder = rows.flatMap(([name]) => tallies.get(name) ?? []);
  await writeFile(TABLE, `${machine}\n\n${TABLE_HEAD}\n${inOrder.map(tableRow).join('\n')}\n`);
}
