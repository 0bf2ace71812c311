// A host -> a certificate that it has signed itself, by the openssl program.

import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Certificate {
  readonly key: Buffer;
  readonly cert: Buffer;
  /** Of the certificate, which is its own authority. */
  readonly file: string;
  /** SHA-256. */
  readonly fingerprint: string;
}

export async function selfSigned(ip = '127.0.0.1'): Promise<Certificate> {
  const folder = await mkdtemp(join(tmpdir(), 'certificate-'));
  const [keyFile, file] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=test camera', '-addext', `subjectAltName=IP:${ip}`];
  const form = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  await promisify(execFile)('openssl', ['req', ...form, ...subject, '-keyout', keyFile, '-out', file]);
  const [key, cert] = await Promise.all([readFile(keyFile), readFile(file)]);
  return { key, cert, file, fingerprint: new X509Certificate(cert).fingerprint256 };
}
