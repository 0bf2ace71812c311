// Both installers over a version that runs, cut off at their worst moments -> the version before runs again. Places and
// programs of the system are stand-ins: a folder for `/`, and a systemctl that notes what it is asked.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test, vi } from 'vitest';

const scripts = resolve(import.meta.dirname, '../../../scripts');
/** Where each installer lies in what it installs, and the folder of units and `check` beside it. */
const INSTALLERS = {
  checkout: { from: 'install', at: 'new/scripts/install', systemd: 'new/scripts/systemd', tree: 'new' },
  'bundle for JetPack 4': {
    from: 'package/jetpack4/install',
    at: 'new/install',
    systemd: 'new/systemd',
    tree: 'new/tree',
  },
} as const;
type Installer = (typeof INSTALLERS)[keyof typeof INSTALLERS];
const UNITS = ['cspcam.service', 'cspcam@shed.service'];

function program(file: string, text: string): void {
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
}

/** A machine on which version `old` runs, and what installs version `new`. */
function machine(installer: Installer) {
  const root = mkdtempSync(join(tmpdir(), 'install-'));
  const at = (name: string) => join(root, name);
  for (const name of ['opt/cspcam/systemd', 'etc/cspcam', 'etc/systemd', 'programs', 'new/libraries/2.36'])
    mkdirSync(at(name), { recursive: true });
  mkdirSync(at(installer.systemd), { recursive: true });
  const version = (folder: string, name: string) => {
    mkdirSync(at(`${folder}/dist`), { recursive: true });
    mkdirSync(at(`${folder}/node_modules`), { recursive: true });
    writeFileSync(at(`${folder}/package.json`), name);
    writeFileSync(at(`${folder}/package-lock.json`), '');
  };
  version('opt/cspcam', 'old');
  version(installer.tree, 'new');
  writeFileSync(at('etc/cspcam/cspcam.yaml'), '');
  const moved = (file: string) =>
    readFileSync(join(scripts, file), 'utf8')
      .replaceAll('/opt/', `${root}/opt/`)
      .replaceAll('/usr/local/', `${root}/usr/local/`)
      .replace('[ -d /run/systemd/system ]', 'true')
      .replaceAll('/etc/', `${root}/etc/`);
  program(at(installer.at), moved(installer.from));
  program(at(`${installer.systemd}/replace`), moved('systemd/replace'));
  program(at(`${installer.systemd}/check`), '');
  program(at(`${installer.systemd}/units`), 'mkdir -p "$2" && touch "$2/cspcam.service"');
  if (installer === INSTALLERS.checkout) program(at('new/scripts/setup'), '');
  else {
    mkdirSync(at('new/tree/bin'));
    program(at('new/tree/bin/node'), '');
  }
  for (const name of [
    'useradd',
    'usermod',
    'chown',
    'setpriv',
    'npm',
    'journalctl',
    'install',
    'gst-inspect-1.0',
  ])
    program(at(`programs/${name}`), '');
  program(
    at('programs/ldconfig'),
    'for name in gstreamer gstapp gstvideo; do echo "lib$name-1.0.so.0"; done',
  );
  program(at('programs/id'), 'echo 0');
  program(at('programs/node'), 'echo /bin/true');
  program(
    at('programs/systemctl'),
    `echo "$(cat ${at('opt/cspcam/package.json')}) $1 $2" >> ${at('log')}
case $1 in
  list-units) printf '%s loaded active running\\n' ${UNITS.join(' ')} ;;
  show) echo '1 of 1 cameras running' ;;
  stop) sleep "$STOP_S" ;;
  start) sleep "$START_S" ;;
esac`,
  );
  const asked = () => (existsSync(at('log')) ? readFileSync(at('log'), 'utf8').trim().split('\n') : []);
  const run = ({ stop = '0', start = '0' } = {}) =>
    spawn(at(installer.at), {
      env: { PATH: `${at('programs')}:${process.env['PATH']}`, STOP_S: stop, START_S: start },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
  return { at, run, asked, installed: () => readFileSync(at('opt/cspcam/package.json'), 'utf8') };
}

const ended = async (child: ReturnType<typeof spawn>) => ((await once(child, 'exit')) as [number | null])[0];
const lastStarts = (asked: readonly string[]) => asked.filter((line) => line.includes(' start ')).slice(-2);
const oldOnes = UNITS.map((unit) => `old start ${unit}`);

describe.each(Object.entries(INSTALLERS))('%s', (_, installer) => {
  test('nothing in its way: the new version runs, and the one before is gone', async () => {
    const { at, run, asked, installed } = machine(installer);
    expect(await ended(run())).toBe(0);
    expect([installed(), existsSync(at('opt/cspcam.old'))]).toEqual(['new', false]);
    expect(lastStarts(asked())).toEqual(UNITS.map((unit) => `new start ${unit}`));
  });

  test('whoever looked on is gone while the new version starts: the one before is back, with all its agents', async () => {
    const { run, asked, installed } = machine(installer);
    const child = run({ start: '1' });
    await vi.waitFor(() => expect(asked()).toContain('new start cspcam.service'), 20_000);
    child.stdout!.destroy();
    child.stderr!.destroy();
    process.kill(-child.pid!, 'SIGHUP');
    expect(await ended(child)).toBe(3);
    expect([installed(), lastStarts(asked())]).toEqual(['old', oldOnes]);
  });

  test('interrupted while agents are being stopped: they are started again', async () => {
    const { run, asked, installed } = machine(installer);
    const child = run({ stop: '1' });
    await vi.waitFor(() => expect(asked()).toContain('old stop cspcam.service'), 20_000);
    process.kill(-child.pid!, 'SIGINT');
    expect(await ended(child)).toBe(3);
    expect([installed(), lastStarts(asked())]).toEqual(['old', oldOnes]);
  });

  test('a unit that cannot be written: the version before is back', async () => {
    const { at, run, asked, installed } = machine(installer);
    mkdirSync(at('usr/local/lib/systemd'), { recursive: true });
    writeFileSync(at('usr/local/lib/systemd/system'), 'a file where a folder has to be');
    expect(await ended(run())).toBe(3);
    expect([installed(), lastStarts(asked())]).toEqual(['old', oldOnes]);
  });

  test('after a run that was killed between two versions, the one before is still there to go back to', async () => {
    const { at, run, asked, installed } = machine(installer);
    const killed = run({ start: '30' });
    await vi.waitFor(() => expect(asked()).toContain('new start cspcam.service'), 20_000);
    process.kill(-killed.pid!, 'SIGKILL');
    await ended(killed);
    expect(readFileSync(at('opt/cspcam.old/package.json'), 'utf8')).toBe('old');
    const child = run({ start: '1' });
    await vi.waitFor(
      () => expect(asked().filter((line) => line === 'new start cspcam.service')).toHaveLength(2),
      20_000,
    );
    process.kill(-child.pid!, 'SIGTERM');
    expect(await ended(child)).toBe(3);
    expect([installed(), lastStarts(asked())]).toEqual(['old', oldOnes]);
  });
});
