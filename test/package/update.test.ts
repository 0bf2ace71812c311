// A Debian 12 booted with its own systemd, the amd64 package in it, and other versions -> updates that work, that come back,
// that are refused, that are interrupted; another model. Runs in the order in which it stands.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { type BootedRoot, bootRoot, preparedRoot } from '../support/booted-root.js';
import { laterDeb, newestDeb } from '../support/deb.js';

const UNIT = 'cspcam.service';
const CONFIG = '/etc/cspcam/cspcam.yaml';
const STORE = '/var/lib/cspcam.packages';
const LOOK_EVERY_MS = 200;

let folder: string;
let machine: BootedRoot;

const at = (name: string) => join(folder, name);
const minisign = (...args: string[]) => execFileSync('minisign', args, { stdio: 'pipe' });
const show = (property: string) => machine.do(`systemctl show --value --property ${property} ${UNIT}`);
const installed = () => machine.do(`dpkg-query -W -f '\${Version} \${Status}' cspcam`);
const config = () => machine.do(`cat ${CONFIG}; stat -c '%U:%G %a' ${CONFIG}`);
/** Looks until it holds; vitest's time limit ends what never does. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await wait(LOOK_EVERY_MS);
}
const isInferring = async () =>
  (await show('ActiveState')) === 'active' &&
  /^1 of 1 .*; [\d.]*[1-9][\d.]* frames\/s/.test(await show('StatusText'));
const update = async (args: string) => {
  const { code, out, err } = await machine.run(`cspcam update --healthy-seconds 5 ${args}`);
  return { code, out: out.trimEnd(), err: err.trimEnd() };
};
/** A line at the beginning of a file of the package. */
const prepend = (file: string, line: string) => (package_: string) => {
  const path = join(package_, 'usr/lib/cspcam', file);
  writeFileSync(path, `${line}\n${readFileSync(path, 'utf8')}`);
};
/** The shipped configuration is another one, too. */
const newerConffile = (package_: string) => {
  const file = join(package_, CONFIG);
  writeFileSync(file, `${readFileSync(file, 'utf8')}# newer\n`);
  writeFileSync(join(package_, 'usr/share/cspcam/cspcam.yaml'), readFileSync(file));
};

/** Never installed: nothing is in it. @returns its version */
function hollow(name: string, fields: object): string {
  const control = {
    ...{ Package: 'cspcam', Version: '99', Architecture: 'amd64', Maintainer: 'nobody <nobody@localhost>' },
    ...fields,
    Description: 'nothing',
  };
  mkdirSync(at(`${name}.d/DEBIAN`), { recursive: true });
  const lines = Object.entries(control).map(([field, value]) => `${field}: ${value}\n`);
  writeFileSync(at(`${name}.d/DEBIAN/control`), lines.join(''));
  execFileSync('dpkg-deb', ['--build', at(`${name}.d`), at(name)], { stdio: 'pipe' });
  return control.Version;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'updates-'));
  machine = await bootRoot(await preparedRoot());
  for (const name of ['ours', 'theirs'])
    minisign('-G', '-W', '-p', at(`${name}.pub`), '-s', at(`${name}.key`));
  const deb = newestDeb('amd64');
  const sign = async (name: string, version: string, key = 'ours') => {
    minisign('-S', '-s', at(`${key}.key`), '-m', at(name), '-t', `cspcam ${version}`);
    for (const file of [name, `${name}.minisig`]) await machine.copy(at(file), `/root/${file}`);
    await rm(at(name));
  };
  const make = async (name: string, version: string, change: (package_: string) => void) => {
    laterDeb(deb, version, at(name), change);
    await sign(name, version);
  };
  await machine.copy(deb, '/root/first.deb');
  await make('good.deb', '98', newerConffile);
  await make('broken.deb', '99', prepend('dist/agent/agent.js', 'throw new Error("broken on purpose");'));
  await sign('theirs.deb', hollow('theirs.deb', {}), 'theirs');
  await sign('arm64.deb', hollow('arm64.deb', { Architecture: 'arm64' }));
  await sign('other.deb', hollow('other.deb', { Package: 'mosquitto-cspcam' }));
  await sign('needy.deb', hollow('needy.deb', { Depends: 'libno-such-library' }));
  await machine.do('cd /root && cp good.deb unsigned.deb && cp good.deb changed.deb && echo x >>changed.deb');
  await machine.do(
    'cd /root && cp good.deb.minisig changed.deb.minisig && head -c 1000000 good.deb >part.deb',
  );

  await machine.do(
    'systemctl start mosquitto; DEBIAN_FRONTEND=noninteractive dpkg --install /root/first.deb',
  );
  await machine.do('mkdir /etc/cspcam/update-keys');
  await machine.copy(at('ours.pub'), '/etc/cspcam/update-keys/ours.pub');
  const own = { device: 'porch', mqtt: { url: 'mqtt://127.0.0.1' } };
  const cameras = { ball: { source: 'test:ball?width=320&height=240&fps=5' } };
  // Written into, not over: owner and rights stay.
  await machine.write('/root/own.yaml', `# mine\n${stringify({ ...own, cameras })}`);
  await machine.do(`cat /root/own.yaml >${CONFIG}; systemctl start ${UNIT}`);
}, 900_000);
afterAll(async () => {
  await machine?.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => until(isInferring));

const refusals: [what: string, args: string, said: RegExp][] = [
  ['a changed file', '/root/changed.deb', /the file that was signed .*does not fit$/],
  [
    'no signature',
    '/root/unsigned.deb',
    /a signature for \/root\/unsigned.deb.minisig, received no such file$/,
  ],
  ['an unknown key', '/root/theirs.deb', /a signature by a key of .*received key [0-9A-F]{16}$/],
  ['a part of a file', '--unsigned /root/part.deb', /a whole Debian package .*ends too early$/],
  ['no package', '--unsigned /etc/passwd', /a Debian package for \/etc\/passwd/],
  ['no file', '/root/none.deb', /a package for \/root\/none.deb, received no such file$/],
  ['another architecture', '/root/arm64.deb', /a package for amd64 .*received one for arm64$/],
  ['another package', '/root/other.deb', /a package of cspcam .*received one of mosquitto-cspcam$/],
  ['a library that is not here', '/root/needy.deb', /can be installed here .*libno-such-library/],
];
test.each(refusals)('refused, and nothing was touched: %s', async (_, args, said) => {
  const before = [await installed(), await show('MainPID'), await config()];
  const { code, out, err } = await update(args);
  expect({ code, out, err }).toEqual({ code: 1, out: '', err: expect.stringMatching(said) });
  expect(err.split('\n').at(-1)).toMatch(/^cspcam: expected /);
  expect([await installed(), await show('MainPID'), await config()]).toEqual(before);
  expect(await machine.do(`ls ${STORE} | cat`)).toBe('');
});

test('refused to anybody but root, and where no agent runs', async () => {
  const asUser = await machine.run(`su -s /bin/sh -c 'cspcam update /root/good.deb' nobody`);
  expect([asUser.code, asUser.err]).toEqual([
    1,
    expect.stringMatching(/expected root .*sudo cspcam update\n$/),
  ]);
  await machine.do(`systemctl stop ${UNIT}`);
  const { code, err } = await update('/root/good.deb');
  await machine.do(`systemctl start ${UNIT}`);
  expect([code, err]).toEqual([1, expect.stringContaining('an agent that runs (systemctl start cspcam)')]);
});

test('a version that does not start: the one before is back by itself, made anew of what was installed', async () => {
  const before = [await installed(), await config()];
  const { code, err } = await update('/root/broken.deb');
  expect({ code, err }).toMatchObject({ code: 3, err: expect.stringContaining('broken on purpose') });
  expect(err).toMatch(/is back and runs$/);
  expect([await installed(), await config()]).toEqual(before);
  await until(isInferring);
  expect(await machine.do('dpkg --verify cspcam | cat')).toBe(`??5?????? c ${CONFIG}`);
});

test('a version that works, with the configuration as its owner has it', async () => {
  const before = [await show('MainPID'), await config()];
  const { code, out } = await update('--json /root/good.deb');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ outcome: 'updated', to: '98', signedBy: { comment: 'cspcam 98' } });
  expect(await installed()).toBe('98 install ok installed');
  expect(await show('MainPID')).not.toBe(before[0]);
  expect(await config()).toBe(before[1]);
  expect(await machine.do(`ls ${STORE}`)).toBe('cspcam_98_amd64.deb\nlast.json');
  expect(
    (await machine.run('ls /etc/systemd/system/*/cspcam-update* /etc/systemd/system/cspcam-update*')).out,
  ).toBe('');
  expect(await update('/root/good.deb')).toMatchObject({ code: 0, out: '98 is installed already' });
});

test('a version from before: only where it is asked for', async () => {
  expect(await update('--unsigned /root/first.deb')).toMatchObject({
    code: 1,
    err: expect.stringContaining('--allow-downgrade'),
  });
  expect(await update('--unsigned --allow-downgrade /root/first.deb')).toMatchObject({ code: 0 });
});

/** Begins an update that watches for long, as somebody on a terminal would; `$!` is in /root/pid. */
async function begin(file: string): Promise<void> {
  const command = `exec cspcam update --healthy-seconds 600 ${file}`;
  await machine.do(`sh -c '${command}' </dev/null >/root/said 2>&1 & echo $! >/root/pid`);
  await until(async () => (await machine.run('cat /run/cspcam-update')).out.includes('well for'));
}

test('killed with whoever began it: the update goes on; Ctrl-C of another returns', async () => {
  const before = await installed();
  await begin('/root/good.deb');
  await machine.do('kill -KILL $(cat /root/pid); systemctl kill --kill-who=all --signal=KILL cspcam-update');
  await until(async () => /^98 /.test(await installed()));
  await until(async () => (await machine.do('systemctl is-active cspcam-update || true')) === 'active');
  expect((await update('--status')).out).toContain('under way: from');
  expect((await update('/root/good.deb')).err).toContain('cspcam update --resume goes on with it');
  // To it alone: by its group as well, it would be told twice, which ends it at once.
  const following = machine.run('timeout --foreground --signal=INT 3 cspcam update --resume');
  expect((await following).err).toContain('the version before was asked for');
  expect(await installed()).toBe(before);
});

test('interrupted while it watches, as by a power cut: seen, and finished later', async () => {
  await begin('/root/good.deb');
  await machine.do('systemctl stop cspcam-update; kill $(cat /root/pid) || true');
  expect((await update('--status')).out).toContain('interrupted while watching');
  // The machine starts again: what was to be started with it is.
  expect(await machine.do('systemctl is-enabled cspcam-update')).toBe('enabled');
  await machine.do(`sed -i 's/"healthySeconds": 600/"healthySeconds": 5/' ${STORE}/update.json`);
  expect(await update('--resume')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^updated from .* to 98/),
  });
});

const MODELS = '/var/lib/cspcam/models';
test('another model, and back from one that the service cannot open', async () => {
  await machine.do(`mkdir -p ${MODELS} && cspcam models build yolov3-tiny --size 96 --out ${MODELS}/tiny`);
  await machine.do(
    `cp -a ${MODELS}/tiny ${MODELS}/locked && chmod -R a+rX ${MODELS} && chmod 0700 ${MODELS}/locked`,
  );
  const daemon = await show('MainPID');
  const own = await config();
  // A newer shipped configuration lies beside it, as dpkg leaves it.
  const files = await machine.do('ls /etc/cspcam');
  const switching = (args: string) => machine.run(`cspcam models switch --healthy-seconds 5 ${args}`);
  expect(await switching(`${MODELS}/none`)).toMatchObject({
    code: 1,
    err: expect.stringContaining('a model folder'),
  });
  expect(await config()).toBe(own);

  expect(await switching(`${MODELS}/tiny`)).toMatchObject({ code: 0 });
  const with_ = own.replace('device:', `model: "${MODELS}/tiny"\ndevice:`);
  expect(await config()).toBe(with_);
  const info = await machine.do('mosquitto_sub -W 60 -C 1 -t cspcam/porch/info');
  expect(JSON.parse(info)).toMatchObject({ model: { name: expect.stringContaining('yolov3-tiny') } });

  const { code, err } = await switching(`${MODELS}/locked`);
  expect({ code, err }).toMatchObject({
    code: 3,
    err: expect.stringContaining('it refused the configuration'),
  });
  expect(await config()).toBe(with_);
  await until(isInferring);
  expect(await show('MainPID')).toBe(daemon);
  expect(await machine.do('ls /etc/cspcam')).toBe(files);
});
