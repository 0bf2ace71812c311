// What a package says of itself and what is installed -> whether it may take its place. Pure.

import { expected } from '#common/errors.js';

export interface Offer {
  /** As the user named it. */
  readonly file: string;
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
}

export interface Present {
  readonly version: string;
  readonly architecture: string;
  /** As dpkg has it. */
  readonly status: string;
}

export interface Comparison {
  /** The offer beside what is installed, as dpkg orders them. */
  readonly is: 'older' | 'same' | 'newer';
  readonly allowDowngrade: boolean;
}

const WHOLE = 'install ok installed';

/** @returns whether there is anything to do. @throws CspcamError where it may not be installed */
export function isUpdate(
  { file, name, version, architecture }: Offer,
  present: Present,
  { is, allowDowngrade }: Comparison,
): boolean {
  if (name !== 'cspcam') throw expected('a package of cspcam', file, `one of ${name}`);
  if (architecture !== present.architecture)
    throw expected(`a package for ${present.architecture}`, file, `one for ${architecture}`);
  if (present.status !== WHOLE)
    throw expected('a cspcam that dpkg has installed whole', 'dpkg', `${present.status} (dpkg --audit)`);
  if (is === 'older' && !allowDowngrade)
    throw expected(`a version after ${present.version}, or --allow-downgrade,`, file, version);
  return is !== 'same';
}

/** @param simulated what apt-get --simulate printed. @returns other packages that would come or go */
export function othersIn(simulated: string): string[] {
  return [...simulated.matchAll(/^(?:Inst|Remv) (\S+)/gm)]
    .map(([, name]) => name!)
    .filter((name) => name !== 'cspcam');
}
