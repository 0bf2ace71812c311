// The JetPack 4 bundle in systems with an older C library -> it installs, finds what this machine finds, and publishes,
// with the C library that it brought and the GStreamer that was there.

import { once } from 'node:events';
import { cpSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { iou } from '../../models/decode/boxes.js';
import type { Detection } from '../../models/detection.js';
import { type BareRoot, openBareRoot } from '../support/bare-root.js';
import { Cspcam } from '../support/cspcam.js';
import { type Mosquitto, startMosquitto } from '../support/mosquitto.js';
import { subscribe } from '../support/subscriber.js';

const packages = resolve(import.meta.dirname, '../../packages');
const boardSymbolsFile = resolve(
  import.meta.dirname,
  '../../scripts/package/jetpack4/gstreamer-1.14-symbols.txt',
);
const clip = 'agent/demo/street.mp4';
const gstreamer = ['tools', 'plugins-base', 'plugins-good', 'plugins-bad', 'libav'].map(
  (name) => `gstreamer1.0-${name}`,
);

/** Where `install` puts it, which is not in the PATH of a bare root. */
const cspcam = '/usr/local/bin/cspcam';

/** The first is JetPack 4's userland but for the architecture, the second its architecture. */
const boards = [
  {
    suite: 'bionic',
    architecture: 'amd64',
    board: 'C library 2.27, GStreamer 1.14',
    frames: 100,
    environment: '',
    also: 'binutils python3',
  },
  {
    ...{
      suite: 'bullseye',
      architecture: 'arm64' as const,
      board: 'C library 2.31, GStreamer 1.18',
      frames: 3,
    },
    environment: 'QEMU_CPU=cortex-a57 QEMU_UNAME=4.9.337-tegra',
    also: '',
  },
] as const;

async function newestBundle(architecture: string): Promise<string> {
  const names = (await readdir(packages)).filter((name) => name.endsWith(`-jetpack4-${architecture}.tar.gz`));
  const dated = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(packages, name))).mtimeMs })),
  );
  const newest = dated.sort((a, b) => b.at - a.at)[0];
  if (newest === undefined)
    throw new Error(`expected a bundle, received none: npm run package:jetpack4 -- --arch ${architecture}`);
  return join(packages, newest.name);
}

/** @returns ids of a process and of all that it has started */
async function family(ofPid: number): Promise<number[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc').then((all) => all.filter((one) => /^\d+$/.test(one)))) {
    const status = await readFile(`/proc/${name}/status`, 'utf8').catch(() => '');
    parents.set(Number(name), Number(/^PPid:\t(\d+)$/m.exec(status)?.[1]));
  }
  const found = [ofPid];
  for (const one of found) for (const [pid, parent] of parents) if (parent === one) found.push(pid);
  return found;
}

const mapped = async (pid: number) => [
  ...new Set((await readFile(`/proc/${pid}/maps`, 'utf8')).match(/\/\S*\.so[.\d]*$/gm) ?? []),
];

let shared: string;
let broker: Mosquitto;
beforeAll(async () => {
  shared = await mkdtemp(join(tmpdir(), 'bundles-'));
  // The user of the service reads its configuration there.
  await chmod(shared, 0o755);
  cpSync(resolve(import.meta.dirname, '../support/linux-4.9.py'), join(shared, 'linux-4.9.py'));
  broker = await startMosquitto();
});
afterAll(async () => {
  await broker?.close();
  await rm(shared, { recursive: true, force: true });
});

describe.each(boards)(
  '$suite $architecture: $board',
  ({ suite, architecture, frames, environment, also }) => {
    let root: BareRoot;
    beforeAll(async () => {
      cpSync(await newestBundle(architecture), join(shared, `${architecture}.tar.gz`));
      root = await openBareRoot({ suite, architecture }, shared);
      // Ubuntu 18.04 began with GStreamer 1.14.0.
      await root.run(
        `if [ ${suite} = bionic ]; then sed 's/ bionic / bionic-updates /' /etc/apt/sources.list >/etc/apt/sources.list.d/updates.list; fi`,
      );
      await root.run(
        `apt-get update -qq && apt-get install -y -qq --no-install-recommends ${also} ${gstreamer.join(' ')}`,
      );
      await root.run(
        `mkdir /tmp/bundle && tar -C /tmp/bundle --strip-components=1 -xf /shared/${architecture}.tar.gz`,
      );
    });
    afterAll(() => root?.close());

    const detect = async (before = '', more = '') => {
      const said = await root.run(
        `${environment} ${before} ${cspcam} detect /opt/cspcam/${clip} --json --precision fp32 --frames ${frames} --stall-timeout 900 ${more} 2>/dev/null`,
      );
      return said
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).detections as Detection[]);
    };

    test('one command installs it; again, it stays as it is', async () => {
      const install = () => root.run(`cd /tmp/bundle && ${environment} ./install`);
      expect(await install()).toContain('wrote /etc/cspcam/cspcam.yaml');
      expect(await install()).not.toContain('wrote');
      expect(await root.run('ls /opt')).toBe('cspcam\ncspcam-libraries\n');
      expect(await root.run('ls /usr/local/lib/systemd/system/cspcam.service.d')).toMatch(
        /^10-supervision.conf$/m,
      );
      expect(await root.run(`${environment} ${cspcam} --version`)).toMatch(/^\d+\.\d+\.\d+\n$/);
      expect(await root.run("stat -c '%U:%G %a' /etc/cspcam/cspcam.yaml")).toBe('root:cspcam 640\n');
    });

    test('detect finds what this machine finds', async () => {
      const there = await detect();
      const command = [
        'detect',
        resolve(import.meta.dirname, '../..', clip),
        '--json',
        '--precision',
        'fp32',
      ];
      const here = await new Cspcam([...command, '--frames', String(frames)]).finished();
      const all = here.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).detections as Detection[]);
      expect(there).toHaveLength(frames);
      // Another GStreamer decodes and scales a little differently, so that scores near the limit of 0.3 come and go.
      const unseen = (of: Detection[][], by: Detection[][]) =>
        of.flatMap((detections, frame) =>
          detections.filter(
            ({ label, score, box }) =>
              score >= 0.45 &&
              !by[frame]!.some((other) => other.label === label && iou(other.box, box) > 0.7),
          ),
        );
      const sure = (of: Detection[][]) => of.flat().filter(({ score }) => score >= 0.45).length;
      // Now and then a car is a truck, or two who walk together are one box.
      for (const [of, by] of [
        [all, there],
        [there, all],
      ] as const)
        expect(unseen(of, by).length / sure(of), JSON.stringify(unseen(of, by))).toBeLessThan(0.02);
      expect(sure(there)).toBeGreaterThanOrEqual(4 * frames);
    });

    test('run publishes; its C library is the one it brought, GStreamer is the one that was there', async () => {
      await writeFile(
        join(shared, 'cspcam.yaml'),
        // Under emulation, ten seconds may pass before a first frame.
        `{ device: ${suite}, mqtt: { url: "${broker.url}" }, inference: { precision: fp32 }, cameras: { door: { source: "file:/opt/cspcam/${clip}", loop: true, stallTimeoutSeconds: 600 } } }\n`,
      );
      const subscriber = await subscribe(broker.port, `cspcam/${suite}/#`);
      const agent = root.start(
        `${environment} exec su -s /bin/sh -c 'exec ${cspcam} run --config /shared/cspcam.yaml' cspcam 2>&1`,
      );
      let log = '';
      agent.stdout!.setEncoding('utf8').on('data', (text) => {
        log += text;
      });
      try {
        const found = await Promise.race([
          subscriber.next(
            ({ topic, payload }) => topic.endsWith('/detections') && payload.detections.length > 0,
            1_200_000,
          ),
          once(agent, 'exit').then(() => Promise.reject(new Error('expected it to run, received its end'))),
        ]);
        expect(found.payload.detections.map(({ label }: Detection) => label)).toContain('person');

        const brought = await root.run('cd /opt/cspcam-libraries && find . -name "*.so.*" -printf "%f\\n"');
        const names = new Set(brought.trim().split('\n'));
        // The daemon and the capture of its one camera, which begins the clip anew now and then.
        const ours = await vi.waitFor(async () => {
          const pids = await family(agent.pid!);
          const all = await Promise.all(
            pids.map(async (pid) => ({ pid, libraries: await mapped(pid).catch(() => []) })),
          );
          const carrying = all.filter(({ libraries }) =>
            libraries.some((path) => path.includes('/opt/cspcam-libraries/')),
          );
          expect(carrying).toHaveLength(2);
          return carrying;
        }, 120_000);
        for (const { pid, libraries } of ours) {
          expect(
            libraries.filter((path) => names.has(path.split('/').at(-1)!) && !path.includes('/opt/')),
          ).toEqual([]);
          const variables = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0');
          expect(
            variables.filter((variable) => /^(LD_|GCONV_PATH|GST_PLUGIN_(SCANNER|PATH))/.test(variable)),
          ).toEqual([]);
        }
        const [gstreamerLibrary] = ours
          .flatMap(({ libraries }) => libraries)
          .filter((path) => /libgstreamer-1\.0\.so/.test(path));
        expect(gstreamerLibrary).toMatch(/\/usr\/lib\/\w+-linux-gnu\/libgstreamer/);
      } catch (error) {
        throw new Error(log, { cause: error });
      } finally {
        subscriber.close();
        agent.kill('SIGKILL');
      }
    });

    test.runIf(suite === 'bionic')('it asks for no system call that Linux 4.9 lacks', async () => {
      expect(await detect('python3 /shared/linux-4.9.py')).toEqual(await detect());
    });

    test.runIf(suite === 'bionic')('the symbols said to be in GStreamer 1.14 are in it', async () => {
      const libraries = ['gstreamer', 'gstapp', 'gstvideo'].map((name) => `lib${name}-1.0.so.0`);
      const defined = await root.run(
        `cd /usr/lib/x86_64-linux-gnu && nm --dynamic --defined-only ${libraries.join(' ')} libglib-2.0.so.0 libgobject-2.0.so.0 | awk '{ print $3 }'`,
      );
      const there = new Set(defined.split('\n'));
      const said = readFileSync(boardSymbolsFile, 'utf8').trim().split('\n');
      expect(said.filter((symbol) => !there.has(symbol))).toEqual([]);
    });

    test('names of hosts and users go through the services that the system names', async () => {
      const looked = await root.run(
        `${environment} /opt/cspcam/bin/node -e 'require("dns").lookup("localhost", (error, address) => console.log(error?.code, address, require("os").userInfo().username))'`,
      );
      expect(looked).toMatch(/^undefined (127\.0\.0\.1|::1) root\n$/);
    });

    test('removal leaves configuration and state', async () => {
      await root.run('cd /tmp/bundle && ./install --remove');
      expect(
        await root.run(
          'ls -d /opt/* /usr/local/lib/systemd/system/cspcam* /usr/local/bin/cspcam 2>/dev/null; ls /etc/cspcam',
        ),
      ).toBe('cspcam.yaml\n');
    });
  },
);
