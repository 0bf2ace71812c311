// Contents of password and certificate files -> what they hold, or what is wrong with them, without showing any of it. Pure but for the parsing.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { utf8 } from '#common/utf8.js';

/** What was found in place of what should be there, in words of an error. */
export interface Unfit {
  readonly expected: string;
  readonly received: string;
}

/** @returns the first line, without a byte order mark */
export function passwordIn(bytes: Buffer): { password: string } | Unfit {
  const expected = 'a password in its first line';
  if (bytes.byteLength === 0) return { expected, received: 'an empty file' };
  const read = utf8(bytes);
  if ('notUtf8' in read) return { expected: 'a file in UTF-8', received: read.notUtf8 };
  const password = read.text.split(/\r?\n/, 1)[0] ?? '';
  if (password === '') return { expected, received: 'an empty first line' };
  if (password.includes('\0')) return { expected, received: 'no text' };
  return { password };
}

/** The first byte of everything in DER: a sequence. */
const DER = 0x30;
const CERTIFICATE = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[\s\S]+?-----END [A-Z0-9 ]+-----/g;

/** @param part of the key `tls` */
export function certificateMistake(part: 'ca' | 'cert' | 'key', bytes: Buffer): Unfit | undefined {
  const expected = part === 'key' ? 'a private key (PEM)' : 'a certificate (PEM)';
  const received = part === 'key' ? keyMistake(bytes) : certificatesMistake(bytes);
  return received === undefined ? undefined : { expected, received };
}

/** @param cert and `key` are what `certificateMistake` has nothing against */
export function isPair(cert: Buffer, key: Buffer): boolean {
  return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
}

function certificatesMistake(bytes: Buffer): string | undefined {
  const text = bytes.toString('latin1');
  const blocks = text.match(CERTIFICATE) ?? [];
  if (blocks.length === 0) {
    if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return 'a private key';
    if (text.includes('-----BEGIN CERTIFICATE REQUEST-----')) return 'a request for a certificate';
    return otherThanPem(bytes, 'openssl x509 -inform der -in FILE -out FILE.pem');
  }
  return blocks.every(isCertificate) ? undefined : 'a damaged certificate';
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem) !== undefined;
  } catch {
    return false;
  }
}

function keyMistake(bytes: Buffer): string | undefined {
  const text = bytes.toString('latin1');
  if (/BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(text))
    return 'one with a passphrase (without: openssl pkey -in FILE -out FILE.pem)';
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    if (text.includes('-----BEGIN CERTIFICATE-----')) return 'a certificate';
    if (text.includes('-----BEGIN PUBLIC KEY-----')) return 'a public key';
    return otherThanPem(bytes, 'openssl pkey -inform der -in FILE -out FILE.pem');
  }
  try {
    createPrivateKey(bytes);
    return undefined;
  } catch {
    return 'a damaged key';
  }
}

function otherThanPem(bytes: Buffer, conversion: string): string {
  if (bytes.byteLength === 0) return 'an empty file';
  return bytes[0] === DER ? `one in DER (to PEM: ${conversion})` : 'a file that is no PEM';
}
