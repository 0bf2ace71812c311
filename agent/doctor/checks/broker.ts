// What came of one connection to the broker -> findings. Pure.

import type { BrokerFacts } from '../facts/broker.js';
import { apart, error, type Finding, note, ok, warning } from '../finding.js';
import type { Subject } from '../subject.js';

const DAY_MS = 86_400_000;
const SOON_DAYS = 21;

export function judgeBroker(facts: BrokerFacts | undefined, nowMs: number, subject: Subject): Finding[] {
  const { config, program } = subject;
  if (facts === undefined || config === undefined)
    return [
      note(
        'messages.none',
        'no configuration that names a broker',
        undefined,
        `${program} config init cspcam.yaml; without a broker, mqtt.embeddedBroker runs one inside the agent`,
      ),
    ];
  return [
    judgeConnection(facts, subject),
    ...judgeRetained(facts, subject),
    ...judgeCertificates(facts, nowMs),
  ];
}

function judgeConnection({ first, isLocal, hasMosquitto }: BrokerFacts, subject: Subject): Finding {
  const id = 'messages.broker';
  const { file, sudo } = subject;
  if (first === undefined) return ok(id, 'the broker inside the agent, which begins with it');
  if (!('failure' in first)) {
    const limits = Object.entries(first.limits).map(([key, value]) => `${key} ${value}`);
    return ok(
      id,
      `accepted, MQTT ${first.protocol}${limits.length > 0 ? `; it allows ${limits.join(', ')}` : ''}`,
    );
  }
  const { kind, message } = first.failure;
  const { expected = 'a broker that accepts the agent', seen } = apart(message);
  return error(id, seen, expected, adviceFor(kind, isLocal, hasMosquitto, file ?? 'the configuration', sudo));
}

function adviceFor(
  kind: string,
  isLocal: boolean,
  hasMosquitto: boolean,
  file: string,
  sudo: string,
): string {
  switch (kind) {
    case 'unreachable':
      if (!isLocal) return `set mqtt.url in ${file} to the broker's address, and look whether it runs`;
      return hasMosquitto
        ? `${sudo}systemctl start mosquitto`
        : `${sudo}apt-get install -y mosquitto, or set mqtt.embeddedBroker in ${file} and leave out mqtt.url`;
    case 'timeout':
      return `look whether a firewall lets mqtt.url of ${file} through`;
    case 'credentials':
      return `set mqtt.username and mqtt.passwordFile in ${file}; of Mosquitto: ${sudo}mosquitto_passwd /etc/mosquitto/passwd USER, then reload it`;
    case 'client-id':
      return `allow the client ids of mqtt.clientId, and the same with -doctor, at the broker`;
    case 'protocol':
      return `set mqtt.protocol in ${file} to "3.1.1"`;
    case 'tls':
      return `set mqtt.tls.ca in ${file} to the authority that signed the broker's certificate, and look at this machine's clock`;
    default:
      return `set mqtt.url in ${file} to the scheme and port that the broker speaks`;
  }
}

/** Whether an agent of this name is there. */
function judgeRetained({ first }: BrokerFacts, { service, config }: Subject): Finding[] {
  if (first === undefined || 'failure' in first) return [];
  const { retained, refusal } = first;
  if (refusal !== undefined)
    return [
      warning(
        'messages.permission',
        `the broker does not let ${config?.mqtt.username ?? 'it'} read its own topics: ${refusal}`,
        'an access list that allows the topics of the agent',
        'agent/messaging/requests/README.md has an access list for Mosquitto',
      ),
    ];
  if (retained?.includes('"online"') && service?.state['ActiveState'] !== 'active')
    return [
      note(
        'messages.online',
        `an agent is online as ${config?.device}, and it is not the service of this machine`,
        'one agent of each name',
      ),
    ];
  return [];
}

function judgeCertificates({ certificates }: BrokerFacts, nowMs: number): Finding[] {
  return certificates.flatMap(({ file, validToMs }) => {
    const days = Math.floor((validToMs - nowMs) / DAY_MS);
    if (days >= SOON_DAYS) return [];
    const severity = days < 0 ? error : warning;
    const seen =
      days < 0 ? `${file} was valid until ${-days} days ago` : `${file} is valid for ${days} more days`;
    return [
      severity(
        'messages.certificate',
        seen,
        'a certificate that is valid',
        "renew it, and look at this machine's clock",
      ),
    ];
  });
}
