// Found or named brokers -> the one that was chosen and accepts the agent, or the one inside the agent.

import { expected } from '#common/errors.js';
import { keepSecret } from '#common/secrets.js';
import { name } from '../config/values.js';
import type { FoundBroker } from './find-brokers.js';
import { freePort } from './free-port.js';
import type { Front } from './front.js';
import { brokerMistake, type MqttKeys, tryBrokerOf } from './try-broker.js';

export const EMBEDDED = 'embedded';
export const BROKER_VARIABLE = 'MQTT_PASSWORD';

export interface BrokerInput {
  readonly found: readonly FoundBroker[];
  readonly device: string;
  /** Address, or `embedded`, said beforehand. */
  readonly url?: string | undefined;
  readonly login?: { readonly username: string; readonly password: string } | undefined;
  /** File of the authority of a broker with TLS. */
  readonly ca?: string | undefined;
}

export interface ChosenBroker {
  readonly device: string;
  /** Its password as it is. */
  readonly keys: MqttKeys;
}

const OTHER = 'other';
const EMBEDDED_HOST = '127.0.0.1';
const FIRST_PORT = 1883;

/** @throws CspcamError where nobody can be asked and it does not work */
export async function chooseBroker(
  input: BrokerInput,
  front: Front,
  signal: AbortSignal,
): Promise<ChosenBroker> {
  for (let url = input.url; ; url = undefined) {
    const chosen = url ?? (await askWhich(input.found, front, signal));
    if (chosen === EMBEDDED) return embedded(input.device, front);
    const connected = await connect(chosen, input, front, signal);
    if (connected !== undefined) return connected;
  }
}

async function askWhich(found: readonly FoundBroker[], front: Front, signal: AbortSignal): Promise<string> {
  const answering = found.filter(({ says }) => says !== 'failed');
  // Whoever is on the network may announce one: that pictures go there is for a person to say.
  const usual = answering.find(({ isLocal }) => isLocal || front.isAsking)?.url ?? EMBEDDED;
  const answer = await front.ask(
    {
      kind: 'choose',
      id: 'broker',
      message: 'Which MQTT broker shall get what is seen?',
      choices: [
        ...answering.map((broker) => ({ value: broker.url, label: brokerLabel(broker) })),
        { value: EMBEDDED, label: 'none: a small one inside the agent, for this machine alone' },
        { value: OTHER, label: 'another address' },
      ],
      usual,
    },
    signal,
  );
  return answer === OTHER ? askAddress(front, signal) : answer;
}

export function brokerLabel({ url, name, says, message }: FoundBroker): string {
  const words = says === 'login-wanted' ? ', asks for a login' : says === 'failed' ? `: ${message}` : '';
  return `${url}  ${name}${words}`;
}

async function askAddress(front: Front, signal: AbortSignal): Promise<string> {
  for (;;) {
    const question = {
      kind: 'text',
      id: 'broker-address',
      message: 'Its address, without a password (mqtt://host:1883, mqtts://host:8883)',
      usual: 'mqtt://127.0.0.1:1883',
    } as const;
    const url = await front.ask(question, signal);
    const mistake = addressMistake(url);
    if (mistake === undefined) return url;
    front.tell({ kind: 'problem', message: `expected ${mistake}` });
  }
}

/** @returns what should stand there; nothing where the address will do */
export function addressMistake(url: string): string | undefined {
  if (/^\w+:\/\/[^/]*@/.test(url)) return 'an address without user and password, which are asked for';
  return brokerMistake(url);
}

/** @returns nothing where another broker is to be chosen */
async function connect(
  url: string,
  { device: wanted, login, ca }: BrokerInput,
  front: Front,
  signal: AbortSignal,
): Promise<ChosenBroker | undefined> {
  let device = wanted;
  let keys: MqttKeys = { url, ...login, ...(ca !== undefined && { tls: { ca } }) };
  for (;;) {
    front.tell({ kind: 'doing', what: `trying ${url}` });
    const outcome = await tryBrokerOf(device, keys, signal);
    if ('failure' in outcome) {
      const { kind, message } = outcome.failure;
      if (!front.isAsking) throw expected('a broker that accepts the agent', url, hinted(kind, message));
      front.tell({ kind: 'problem', message });
      const next = kind === 'credentials' ? await askLogin(url, keys, front, signal) : undefined;
      if (next === undefined) return undefined;
      keys = { ...keys, ...next };
      continue;
    }
    if (outcome.retained?.includes('"online"')) {
      device = await askName(device, url, front, signal);
      continue;
    }
    const refusal =
      outcome.refusal === undefined ? '' : `; it may not read its own topics: ${outcome.refusal}`;
    front.tell({ kind: 'broker', url, says: `accepted, MQTT ${outcome.protocol}${refusal}` });
    return { device, keys };
  }
}

function hinted(kind: string, message: string): string {
  return kind === 'credentials'
    ? `${message} (--broker-user NAME, and ${BROKER_VARIABLE} in the environment)`
    : message;
}

async function askLogin(
  url: string,
  { username: usual = 'cspcam' }: MqttKeys,
  front: Front,
  signal: AbortSignal,
): Promise<{ username: string; password: string } | undefined> {
  const username = await front.ask(
    { kind: 'text', id: 'broker-user', message: `User at ${url}`, usual },
    signal,
  );
  const message = `Password of ${username} at ${url} (nothing goes back to the choice)`;
  const password = await front.ask({ kind: 'password', id: 'broker-password', message }, signal);
  if (password === '') return undefined;
  keepSecret(password);
  return { username, password };
}

/** Two agents of one name end each other's connections. */
async function askName(device: string, url: string, front: Front, signal: AbortSignal): Promise<string> {
  const problem = expected('a name that no other agent has', `${device} at ${url}`, 'one that is online');
  if (!front.isAsking) throw expected('another name (--device NAME)', url, `${device}, which is online`);
  front.tell({ kind: 'problem', message: problem.message });
  for (;;) {
    const usual = `${device}-2`;
    const answer = await front.ask(
      { kind: 'text', id: 'device', message: 'Name of this device', usual },
      signal,
    );
    const { error } = name('a name').safeParse(answer);
    if (error === undefined) return answer;
    front.tell({ kind: 'problem', message: `expected ${error.issues[0]?.message}` });
  }
}

async function embedded(device: string, front: Front): Promise<ChosenBroker> {
  const port = await freePort(EMBEDDED_HOST, FIRST_PORT, 'the broker inside the agent');
  front.tell({ kind: 'broker', url: `mqtt://${EMBEDDED_HOST}:${port}`, says: 'inside the agent' });
  return { device, keys: { embeddedBroker: { host: EMBEDDED_HOST, port } } };
}
