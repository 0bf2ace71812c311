// Files, and signatures that Debian's minisign makes of them -> who signed, or one line that says why not.

import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signerOf } from '../../../agent/update/signature.js';
import { hasProgram } from '../../support/tools.js';

describe.skipIf(!hasProgram('minisign', '-v'))('by minisign', () => {
  let folder: string;
  const at = (name: string) => join(folder, name);
  const minisign = (...args: string[]) => execFileSync('minisign', args, { stdio: 'pipe' });
  const sign = (key: string, file: string, ...more: string[]) =>
    minisign('-S', '-s', at(`${key}.key`), '-m', at(file), ...more);
  /** Of a folder with the key of `ours` alone, unless something else is put there. */
  const keysOf = (
    name: string,
    put: (folder: string) => void = () => copyFileSync(at('ours.pub'), at(`${name}/a.pub`)),
  ) => {
    mkdirSync(at(name));
    put(at(name));
    return at(name);
  };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'minisign-'));
    for (const name of ['ours', 'theirs'])
      minisign('-G', '-W', '-p', at(`${name}.pub`), '-s', at(`${name}.key`));
    // Longer than what is read at once, and not a multiple of it.
    writeFileSync(at('file.deb'), Buffer.alloc(300_001, 'frames'));
    sign('ours', 'file.deb', '-t', 'version 2');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('a file that was signed', async () => {
    const keys = keysOf('keys', () => {
      copyFileSync(at('theirs.pub'), at('keys/a.pub'));
      copyFileSync(at('ours.pub'), at('keys/b.pub'));
    });
    expect(await signerOf(at('file.deb'), at('file.deb.minisig'), keys)).toEqual({
      keyId: expect.stringMatching(/^[0-9A-F]{16}$/),
      key: at('keys/b.pub'),
      comment: 'version 2',
    });
  });

  test.each<[what: string, said: RegExp, make: (name: string) => { signature?: string; keys?: string }]>([
    [
      'another byte at its end',
      /the file that was signed .*does not fit/,
      (name) => {
        sign('ours', 'file.deb', '-x', at(`${name}.minisig`));
        appendFileSync(at(name), 'x');
        return { signature: `${name}.minisig` };
      },
    ],
    [
      'another comment under the signature',
      /does not fit/,
      (name) => {
        const text = execFileSync('sed', ['s/version 2/version 3/', at('file.deb.minisig')]);
        writeFileSync(at(`${name}.minisig`), text);
        return {};
      },
    ],
    [
      'a key that is not known here',
      /by a key of .*received key [0-9A-F]{16}$/,
      (name) => {
        sign('theirs', 'file.deb', '-x', at(`${name}.minisig`));
        return {};
      },
    ],
    [
      'a signature of the older kind',
      /a signature of the hash .*algorithm Ed$/,
      (name) => {
        sign('ours', 'file.deb', '-l', '-x', at(`${name}.minisig`));
        return {};
      },
    ],
    ['no signature', /expected a signature .*no such file/, () => ({ signature: 'none.minisig' })],
    [
      'a signature that is none',
      /a signature of minisign/,
      (name) => {
        writeFileSync(at(`${name}.minisig`), 'untrusted comment: x\nabc\n');
        return {};
      },
    ],
    [
      'a signature without an end',
      /at most 4096 bytes/,
      () => ({ signature: '../../../../../../../../dev/zero' }),
    ],
    [
      'no key',
      /the public key of who signs .*--unsigned/,
      (name) => ({ keys: keysOf(`${name}.keys`, () => {}) }),
    ],
    [
      'a key that is none',
      /a public key of minisign/,
      (name) => ({
        keys: keysOf(`${name}.keys`, (keys) => copyFileSync(at('ours.key'), join(keys, 'a.pub'))),
      }),
    ],
    [
      'a key that others may write',
      /root alone can write/,
      (name) => {
        const keys = keysOf(`${name}.keys`);
        chmodSync(join(keys, 'a.pub'), 0o666);
        return { keys };
      },
    ],
  ])('refused: %s', async (what, said, make) => {
    const name = what.replaceAll(' ', '-');
    copyFileSync(at('file.deb'), at(name));
    copyFileSync(at('file.deb.minisig'), at(`${name}.minisig`));
    const { signature = `${name}.minisig`, keys } = make(name);
    await expect(signerOf(at(name), at(signature), keys ?? keysOf(`${name}.ours`))).rejects.toThrow(said);
  });
});
