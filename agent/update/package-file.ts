// A .deb and what dpkg knows -> names, versions and architectures, and whether one version comes after another.

import { expected } from '#common/errors.js';
import { run } from './program.js';

const PACKAGE = 'cspcam';

export interface PackageFacts {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** Of its files on the disk. */
  readonly installedBytes: number;
}

export interface Installed extends PackageFacts {
  /** As dpkg has it: `install ok installed`. */
  readonly status: string;
}

const FIELDS = ['Package', 'Version', 'Architecture', 'Installed-Size'] as const;

/** @param name for the message. @throws CspcamError for a file that is no package, or not whole */
export async function readPackageFile(file: string, name: string): Promise<PackageFacts> {
  const fields = await run('dpkg-deb', ['--field', file, ...FIELDS]);
  if (fields.code !== 0) throw expected('a Debian package', name, reasonOf(fields.err));
  // Reads it to its end.
  const contents = await run('dpkg-deb', ['--contents', file]);
  if (contents.code !== 0) throw expected('a whole Debian package', name, reasonOf(contents.err));
  return factsOf(fields.out);
}

/** @returns nothing where dpkg knows no such package, or there is no dpkg */
export async function readInstalled(): Promise<Installed | undefined> {
  const format = [...FIELDS, 'Status'].map((field) => `${field}: \${${field}}\\n`).join('');
  const { code, out } = await run('dpkg-query', ['--show', `--showformat=${format}`, PACKAGE]);
  const status = /^Status: (.*)$/m.exec(out)?.[1];
  if (code !== 0 || status === undefined || status.endsWith('not-installed')) return undefined;
  return { ...factsOf(out), status };
}

export async function compareVersions(a: string, b: string): Promise<'older' | 'same' | 'newer'> {
  if ((await run('dpkg', ['--compare-versions', a, 'lt', b])).code === 0) return 'older';
  return (await run('dpkg', ['--compare-versions', a, 'eq', b])).code === 0 ? 'same' : 'newer';
}

function factsOf(fields: string): PackageFacts {
  const field = (name: (typeof FIELDS)[number]) =>
    new RegExp(`^${name}: (.*)$`, 'm').exec(fields)?.[1]?.trim() ?? '';
  return {
    name: field('Package'),
    version: field('Version'),
    architecture: field('Architecture'),
    installedBytes: 1024 * Number(field('Installed-Size') || 0),
  };
}

function reasonOf(said: string): string {
  if (/unexpected end of file/i.test(said)) return 'a file that ends too early';
  return said.includes('not a Debian format archive') ? 'something else' : (said.split('\n')[0] ?? '');
}
