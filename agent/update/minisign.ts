// Files that minisign writes (keys, signatures) and the BLAKE2b-512 of a file -> whether it was signed with the key.
// Ed25519 is Node's own; https://jedisct1.github.io/minisign has the format.

import { createPublicKey, verify } from 'node:crypto';
import { expected } from '#common/errors.js';

export interface PublicKey {
  /** Eight bytes by which a signature names its key, as minisign prints them. */
  readonly id: string;
  readonly bytes: Buffer; // (32)
}

export interface Signature {
  readonly keyId: string;
  /** Of the hash of the file. */
  readonly signature: Buffer; // (64)
  /** Said by who signed, and signed with the rest. */
  readonly comment: string;
  /** Of the signature and the comment. */
  readonly commentSignature: Buffer; // (64)
}

/** `Ed` as letters, then the id of the key, then the key. */
const KEY_BYTES = 2 + 8 + 32;
const SIGNATURE_BYTES = 2 + 8 + 64;
/** What stands before the 32 bytes of an Ed25519 key in DER (RFC 8410). */
const DER_BEFORE_KEY = Buffer.from('302a300506032b6570032100', 'hex');
const TRUSTED = 'trusted comment: ';

/** @param where the file, for the message. @throws CspcamError */
export function readPublicKey(text: string, where: string): PublicKey {
  const line = lines(text).find((line) => !line.startsWith('untrusted comment:')) ?? '';
  const bytes = Buffer.from(line, 'base64');
  if (bytes.length !== KEY_BYTES || bytes.subarray(0, 2).toString('latin1') !== 'Ed')
    throw expected('a public key of minisign', where, 'something else');
  return { id: idOf(bytes), bytes: bytes.subarray(10) };
}

/** @param where the file, for the message. @throws CspcamError */
export function readSignature(text: string, where: string): Signature {
  const [untrusted = '', first = '', trusted = '', second = ''] = lines(text);
  const signature = Buffer.from(first, 'base64');
  const commentSignature = Buffer.from(second, 'base64');
  const isWhole =
    untrusted.startsWith('untrusted comment:') &&
    trusted.startsWith(TRUSTED) &&
    signature.length === SIGNATURE_BYTES &&
    commentSignature.length === 64;
  if (!isWhole) throw expected('a signature of minisign', where, 'something else');
  const algorithm = signature.subarray(0, 2).toString('latin1');
  if (algorithm !== 'ED')
    throw expected('a signature of the hash (minisign -S without -l)', where, `algorithm ${algorithm}`);
  return {
    keyId: idOf(signature),
    signature: signature.subarray(10),
    comment: trusted.slice(TRUSTED.length),
    commentSignature,
  };
}

/** @param blake2b512 of the file. @returns whether file and comment are those that were signed */
export function isSignedBy(key: PublicKey, blake2b512: Buffer, given: Signature): boolean {
  const der = Buffer.concat([DER_BEFORE_KEY, key.bytes]);
  const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' });
  const withComment = Buffer.concat([given.signature, Buffer.from(given.comment)]);
  return (
    key.id === given.keyId &&
    verify(null, blake2b512, publicKey, given.signature) &&
    verify(null, withComment, publicKey, given.commentSignature)
  );
}

function lines(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line !== '');
}

/** As a number whose lowest byte comes first. */
function idOf(bytes: Buffer): string {
  return Buffer.from(bytes.subarray(2, 10)).reverse().toString('hex').toUpperCase();
}
