// The checkout -> the version of its packages and the time they are built at, both of its last commit.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { output } from './commands.mjs';
import { root } from './kept.mjs';

/**
 * @returns version as Debian orders it: 0.1.0 where the commit bears the tag v0.1.0, else 0.1.0~git20260131.120000.abcdef0,
 *   which is older than that and younger than earlier commits; time is that of the commit or SOURCE_DATE_EPOCH
 */
export function versionOf({ SOURCE_DATE_EPOCH: epoch } = process.env) {
  const git = (...args) => output('git', args, { cwd: root, env: { ...process.env, TZ: 'UTC' } });
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const builtAt = new Date(1000 * Number(epoch ?? git('log', '-1', '--format=%ct')));
  if (git('tag', '--points-at', 'HEAD').split('\n').includes(`v${version}`)) return { version, builtAt };
  const commit = git('log', '-1', '--format=%cd.%h', '--date=format-local:%Y%m%d.%H%M%S', '--abbrev=7');
  const changed = git('status', '--porcelain', '--untracked-files=no') === '' ? '' : '.changed';
  return { version: `${version}~git${commit}${changed}`, builtAt };
}
