// A version of systemd and a board -> the unit files for them, as systemd itself judges them where it is installed.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const units = resolve(import.meta.dirname, '../../../scripts/systemd/units');
const COMMAND = `${process.execPath} /opt/cspcam/dist/agent/cli/main.js`;

/** @returns a root in which they are the only ones */
function made(version: number, board: 'jetson' | 'none'): { root: string; folder: string } {
  const root = mkdtempSync(join(tmpdir(), 'units-'));
  const folder = join(root, 'etc/systemd/system');
  execFileSync(units, [COMMAND, folder, `${version}`, board]);
  return { root, folder };
}

const supervision = '10-supervision.conf';
const sandbox = '20-sandbox.conf';
test.each<[version: number, board: 'jetson' | 'none', dropIns: string[]]>([
  [237, 'none', [supervision, sandbox]],
  [237, 'jetson', [supervision, sandbox, '50-jetson.conf']],
  [244, 'none', [supervision, sandbox]],
  [245, 'none', [supervision, sandbox, '30-systemd-245.conf']],
  [247, 'none', [supervision, sandbox, '30-systemd-245.conf', '40-systemd-247.conf']],
  [257, 'jetson', [supervision, sandbox, '30-systemd-245.conf', '40-systemd-247.conf', '50-jetson.conf']],
])('systemd %i, board %s', (version, board, dropIns) => {
  const { folder } = made(version, board);
  expect(readdirSync(folder).sort()).toEqual([
    'cspcam.service',
    'cspcam.service.d',
    'cspcam@.service',
    'cspcam@.service.d',
  ]);
  for (const unit of ['cspcam', 'cspcam@']) {
    expect(readdirSync(join(folder, `${unit}.service.d`)).sort()).toEqual(dropIns);
    expect(readFileSync(join(folder, `${unit}.service`), 'utf8')).toContain(
      `ExecStart=${COMMAND} run --config `,
    );
  }
});

const analyze = (...args: string[]) => spawnSync('systemd-analyze', args, { encoding: 'utf8' });
const version = Number(/^systemd (\d+)/.exec(analyze('--version').stdout ?? '')?.[1] ?? 0);

// Of files that are not loaded, from 250 on.
test.skipIf(version < 250).each<[unit: string, board: 'jetson' | 'none']>([
  ['cspcam.service', 'none'],
  ['cspcam@shed.service', 'none'],
  ['cspcam.service', 'jetson'],
])('%s, board %s: exposure of 2.0 at the most', (unit, board) => {
  const { root } = made(version, board);
  const { stdout } = analyze('security', '--offline=true', `--root=${root}`, '--no-pager', unit);
  expect(Number(/Overall exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1])).toBeLessThanOrEqual(2);
});

test.skipIf(version < 245)('nothing in them that systemd does not know', () => {
  const { folder } = made(version, 'jetson');
  for (const unit of ['cspcam.service', 'cspcam@shed.service'])
    expect(analyze('verify', join(folder, unit))).toMatchObject({ status: 0, stderr: '' });
});
