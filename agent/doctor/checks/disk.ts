// Folders and their disks -> findings. Pure.

import type { DiskFacts, FolderFacts, Wear } from '../facts/disk.js';
import { error, type Finding, note, ok, type Remedy, warning } from '../finding.js';
import type { Subject } from '../subject.js';

/** Settings, marks of the outbox, an optimized network of a large model. */
const LEAST_BYTES = { state: 10e6, outbox: 1e6, cache: 300e6, tmp: 50e6 } as const;
const LEAST_SHARE = 0.05;
const LEAST_FILES = 1000;
const USES = {
  state: 'what must survive a restart',
  outbox: 'events that wait for the broker',
  cache: 'optimized networks',
  tmp: 'sockets and piped recordings',
} as const;

export function judgeDisks({ folders, wear }: DiskFacts, subject: Subject): Finding[] {
  return [...folders.map((folder) => judgeFolder(folder, subject)), ...wear.flatMap(judgeWear)];
}

function judgeFolder(folder: FolderFacts, subject: Subject): Finding {
  const { use, path, isReadOnly, exists, isWritable, freeBytes, totalBytes, freeFiles } = folder;
  const { who, config, sudo } = subject;
  const id = `disk.${use}`;
  const what = `${path} (${USES[use]})`;
  // Without them the agent runs on; without a place for sockets no capture begins.
  const severity = use === 'tmp' ? error : warning;
  if (isReadOnly)
    return severity(
      id,
      `${what} is read-only`,
      'a disk that can be written',
      `${sudo}dmesg says why; then ${sudo}mount -o remount,rw ${folder.mountPoint}`,
    );
  if (!isWritable) return refused(folder, subject);
  if (freeBytes === undefined || totalBytes === undefined)
    return warning(id, `${what}: its disk does not answer`, 'a disk that answers', `df ${path}`);
  const limit = (config?.mqtt.outbox.maxMegabytes ?? 0) * 1e6;
  const least = use === 'outbox' ? Math.max(LEAST_BYTES.outbox, limit) : LEAST_BYTES[use];
  const free = `${size(freeBytes)} of ${size(totalBytes)} free`;
  const look = `du -xh --max-depth=2 ${folder.nearest} | sort -h | tail`;
  if (freeBytes === 0) return severity(id, `${what}: the disk is full, ${free}`, `${size(least)} free`, look);
  if (freeBytes < least) return warning(id, `${what}: ${free}`, `${size(least)} free`, look);
  if (freeFiles !== undefined && freeFiles < LEAST_FILES)
    return severity(
      id,
      `${what}: room for ${freeFiles} more files`,
      `inodes for ${LEAST_FILES}`,
      `df -i ${path}`,
    );
  if (freeBytes < LEAST_SHARE * totalBytes && freeBytes < 1e9)
    return note(id, `${what}: ${free}`, `${100 * LEAST_SHARE}% free`, look);
  return ok(id, `${what}: ${free}${exists ? '' : `; ${who.user} may make it`}`);
}

/** A folder that the agent would make itself, but for the folder above. */
function refused({ use, path, exists }: FolderFacts, { who, fileIs, config }: Subject): Finding {
  const id = `disk.${use}`;
  const expected = `a folder that ${who.user} may write`;
  if (use === 'tmp')
    return error(
      id,
      `${who.user} may not write ${path}`,
      expected,
      'set TMPDIR to a folder that can be written',
    );
  // systemd makes the folders of its services when they start.
  const isMade = fileIs === 'of the service' && config?.mqtt.outbox.directory === undefined;
  if (isMade && !exists) return ok(id, `${path}: systemd makes it when the service starts`);
  const remedy: Remedy = {
    run: exists
      ? ['chown', `${who.user}:`, path]
      : ['install', '-d', '-o', who.user, '-g', who.groups[0] ?? who.user, '-m', '0750', path],
    asRoot: true,
  };
  return warning(
    id,
    exists ? `${who.user} may not write ${path}` : `no ${path}, and ${who.user} may not make it`,
    expected,
    remedy,
  );
}

function judgeWear({ device, usedTenths }: Wear): Finding[] {
  const id = 'disk.wear';
  const used = usedTenths > 10 ? 'beyond its life' : `up to ${10 * usedTenths}% of its life used`;
  const seen = `${device}: ${used}, as it says itself`;
  if (usedTenths < 8) return [ok(id, seen)];
  return [
    warning(
      id,
      seen,
      'less than 80%',
      'copy it to a new one before it fails; mqtt.outbox.directory may lie on another disk',
    ),
  ];
}

export function size(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  return `${Math.round(bytes / 1e6)} MB`;
}
