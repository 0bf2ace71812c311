// A file, its signature and the keys of this machine -> who signed it, or why it is not to be trusted.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expected } from '#common/errors.js';
import { namesIn } from '#common/kernel-files.js';
import { plainText } from '#common/plain-text.js';
import { isSignedBy, type PublicKey, readPublicKey, readSignature } from './minisign.js';

const KEYS_FOLDER = '/etc/cspcam/update-keys';
const MOST_BYTES = 4096;

export interface Signer {
  readonly keyId: string;
  /** File of the key. */
  readonly key: string;
  /** What was signed with the file: its version, for example. */
  readonly comment: string;
}

/**
 * @param file its copy where nobody else writes
 * @param signatureFile as given
 * @throws CspcamError where there is no key, no signature, an unknown key, or the signature is of another file
 */
export async function signerOf(
  file: string,
  signatureFile: string,
  keysFolder = KEYS_FOLDER,
): Promise<Signer> {
  const signature = readSignature(await smallText(signatureFile, 'a signature'), signatureFile);
  const keys = await readKeys(keysFolder);
  const known = keys.find(({ key }) => key.id === signature.keyId);
  if (known === undefined) {
    const ids = keys.map(({ key }) => key.id).join(', ');
    throw expected(`a signature by a key of ${keysFolder} (${ids})`, signatureFile, `key ${signature.keyId}`);
  }
  if (!isSignedBy(known.key, await blake2b512(file), signature))
    throw expected('the file that was signed', signatureFile, 'a signature that does not fit');
  return { keyId: known.key.id, key: known.file, comment: plainText(signature.comment) };
}

async function readKeys(folder: string): Promise<{ file: string; key: PublicKey }[]> {
  const names = await namesIn(folder, /\.pub$/);
  if (names.length === 0)
    throw expected(
      'the public key of who signs updates, as NAME.pub',
      folder,
      'none (--unsigned goes without)',
    );
  await expectOwn(folder);
  return Promise.all(
    names.map(async (name) => {
      const file = join(folder, name);
      await expectOwn(file);
      return { file, key: readPublicKey(await smallText(file, 'a public key'), file) };
    }),
  );
}

/** A key that others may replace is theirs. */
async function expectOwn(path: string): Promise<void> {
  const { uid, mode } = await stat(path);
  if (![0, process.getuid?.()].includes(uid) || (mode & 0o22) !== 0)
    throw expected(
      'keys that root alone can write',
      path,
      `owner ${uid}, mode ${(mode & 0o777).toString(8)}`,
    );
}

async function smallText(file: string, what: string): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of createReadStream(file, { end: MOST_BYTES })) chunks.push(chunk as Buffer);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw expected(what, file, code === 'ENOENT' ? 'no such file' : (code ?? message), error);
  }
  const bytes = Buffer.concat(chunks);
  if (bytes.byteLength > MOST_BYTES) throw expected(`${what} of at most ${MOST_BYTES} bytes`, file, 'more');
  return bytes.toString('utf8');
}

async function blake2b512(file: string): Promise<Buffer> {
  const hash = createHash('blake2b512');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest();
}
