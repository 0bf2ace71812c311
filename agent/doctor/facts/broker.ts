// Settings of the broker -> what one connection to it says, the certificates beside it, and who has the port of our own.

import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type Config, usesEmbeddedBroker } from '../../config/schema.js';
import { type FirstTry, tryBroker } from '../../messaging/broker/first-try.js';
import { topicOf } from '../../messaging/topics.js';
import { outputOf } from './output.js';

export interface BrokerFacts {
  /** Nothing where the agent itself is the broker and does not run. */
  readonly first?: FirstTry;
  readonly isLocal: boolean;
  /** mosquitto is installed here. */
  readonly hasMosquitto: boolean;
  readonly certificates: readonly { readonly file: string; readonly validToMs: number }[];
}

export async function readBroker(
  { mqtt, device }: Config,
  isAgentListening: boolean,
  signal: AbortSignal,
): Promise<BrokerFacts> {
  const isTried = !usesEmbeddedBroker(mqtt) || isAgentListening;
  const [first, version, certificates] = await Promise.all([
    isTried ? tryBroker(mqtt, topicOf(mqtt.base, device, 'state', {}), 'doctor', signal) : undefined,
    outputOf(signal, 'dpkg-query', '-W', '-f', `\${Status}`, 'mosquitto'),
    readCertificates([mqtt.tls?.ca, mqtt.tls?.cert]),
  ]);
  return {
    ...(first && { first }),
    isLocal: /^\w+:\/\/(?:[^@]*@)?(?:localhost|127\.|\[::1\])/.test(mqtt.url),
    hasMosquitto: /^install ok installed/.test(version ?? ''),
    certificates,
  };
}

async function readCertificates(
  files: readonly (string | undefined)[],
): Promise<BrokerFacts['certificates']> {
  const read = await Promise.all(
    files.map(async (file) => {
      const bytes = file === undefined ? undefined : await readFile(file).catch(() => undefined);
      if (file === undefined || bytes === undefined) return [];
      try {
        return [{ file, validToMs: Date.parse(new X509Certificate(bytes).validTo) }];
      } catch {
        // The configuration would not have been valid.
        return [];
      }
    }),
  );
  return read.flat();
}
