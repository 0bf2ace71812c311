// The unit of systemd that carries an update out: it outlives a closed terminal, whoever kills it, and a power cut.

import { existsSync } from 'node:fs';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { packageFile } from '#common/package.js';
import { writeWhole } from '#common/write-file.js';
import { run } from './program.js';
import type { Store } from './store.js';
import { lookAt, systemctl } from './units.js';

const UPDATE_UNIT = 'cspcam-update.service';
const FILE = `/etc/systemd/system/${UPDATE_UNIT}`;
/** Started with the machine as well, for as long as the file is there. */
const AT_START = `/etc/systemd/system/multi-user.target.wants/${UPDATE_UNIT}`;
const MAIN = 'dist/agent/cli/main.js';
const NODE = 'bin/node';

/** Whether this program is that of a package, with a node of its own. */
export function isPackaged(): boolean {
  return existsSync(packageFile(NODE)) && existsSync(packageFile(MAIN));
}

/**
 * Puts this program aside, by links where the disk has them: dpkg replaces files, and does not write into them. Then
 * starts it.
 */
export async function startUnit({ engine, folder }: Store): Promise<void> {
  if (!existsSync(engine)) {
    const unfinished = `${engine}.new`;
    await rm(unfinished, { recursive: true, force: true });
    const source = packageFile('.').replace(/\/$/, '');
    const linked = await run('cp', ['--archive', '--link', source, unfinished]);
    if (linked.code !== 0) {
      await rm(unfinished, { recursive: true, force: true });
      await must('cp', '--archive', source, unfinished);
    }
    await must('mv', unfinished, engine);
    await must('sync', '--file-system', folder);
  }
  await writeWhole(FILE, unitText(engine));
  await mkdir(dirname(AT_START), { recursive: true });
  await symlink(FILE, AT_START).catch(() => {});
  await systemctl('daemon-reload');
  await systemctl('start', '--no-block', UPDATE_UNIT);
}

/** Whether somebody carries the update out. */
export async function isUnitRunning(): Promise<boolean> {
  const { activeState } = await lookAt(UPDATE_UNIT);
  return activeState === 'active' || activeState === 'activating';
}

/** Once the update has ended; also by the unit itself. */
export async function removeUnit({ engine }: Store): Promise<void> {
  await rm(AT_START, { force: true });
  await rm(FILE, { force: true });
  await rm(engine, { recursive: true, force: true });
  await systemctl('daemon-reload');
}

/** Killed, it goes on from where it was. Its end at a shutdown waits for dpkg, which is not broken off. */
function unitText(engine: string): string {
  return `# Written by cspcam update, and removed at its end.
[Unit]
Description=cspcam update, until the new version is well or the one before is back
After=local-fs.target

[Service]
ExecStart=${join(engine, NODE)} ${join(engine, MAIN)} update --carry-out
Restart=on-failure
RestartSec=2
KillMode=mixed
TimeoutStopSec=600

[Install]
WantedBy=multi-user.target
`;
}

async function must(program: string, ...args: readonly string[]): Promise<void> {
  const { code, err } = await run(program, args);
  if (code !== 0) throw new Error(`expected an end of ${program}, received ${err.trim()}`);
}
