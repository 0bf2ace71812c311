// /etc/os-release -> which distribution this is, and whether its packages have Debian's names.

import { textOf } from '#common/kernel-files.js';

export interface Distribution {
  /** `Debian GNU/Linux 12 (bookworm)`. */
  readonly name: string;
  /** Packages have the names that are known here. */
  readonly hasApt: boolean;
}

export async function readDistribution(root = '/'): Promise<Distribution> {
  const text = (await textOf(root, 'etc/os-release')) ?? '';
  const value = (key: string) => new RegExp(`^${key}="?([^"\\n]*)"?$`, 'm').exec(text)?.[1];
  const ids = `${value('ID') ?? ''} ${value('ID_LIKE') ?? ''}`.split(' ');
  return {
    name: value('PRETTY_NAME') ?? 'a Linux without /etc/os-release',
    hasApt: ids.some((id) => ['debian', 'ubuntu', 'raspbian'].includes(id)),
  };
}
