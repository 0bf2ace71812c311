// What went wrong with the broker -> its class, and one line that says what to do.

import { expected } from '#common/errors.js';

type FailureKind =
  | 'unreachable'
  | 'timeout'
  | 'credentials'
  | 'client-id'
  | 'taken-over'
  | 'protocol'
  | 'tls'
  | 'refused'
  | 'lost';

export interface BrokerFailure {
  readonly kind: FailureKind;
  readonly message: string;
}

export interface Target {
  /** Without user and password. */
  readonly url: string;
  readonly clientId: string;
  readonly username: string | undefined;
}

const REACHING: Partial<Record<string, string>> = {
  ECONNREFUSED: 'a refusal: nothing listens there',
  ENOTFOUND: 'no such host name',
  EAI_AGAIN: 'no answer from the name server',
  EHOSTUNREACH: 'no way to that host',
  ENETUNREACH: 'no network',
  ETIMEDOUT: 'no answer',
};

const TLS_CODES =
  /^(ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|EPROTO|HOSTNAME_MISMATCH)/;

/** Reason codes of CONNACK and DISCONNECT: MQTT 3.1.1 uses 1 to 5, MQTT 5 128 and above. */
const REASONS: Partial<Record<number, FailureKind>> = {
  1: 'protocol',
  2: 'client-id',
  4: 'credentials',
  5: 'credentials',
  132: 'protocol',
  133: 'client-id',
  134: 'credentials',
  135: 'credentials',
  142: 'taken-over',
};

export function describeFailure(error: Error | undefined, target: Target): BrokerFailure {
  if (error === undefined) return { kind: 'lost', message: `lost the broker at ${target.url}` };
  const code = codeOf(error);
  if (typeof code === 'number') return refusal(REASONS[code] ?? 'refused', code, error.message, target);
  const reaching = REACHING[code ?? ''];
  if (reaching !== undefined) return failureOf('unreachable', 'a broker', `mqtt.url ${target.url}`, reaching);
  if (TLS_CODES.test(code ?? '') || /PEM|TLS|certificate/.test(error.message)) {
    const received = `${error.message} (${code ?? 'TLS'})`;
    return failureOf('tls', 'a trusted certificate', `mqtt.tls at ${target.url}`, received);
  }
  if (/timeout/i.test(error.message))
    return failureOf('timeout', 'an answer', `mqtt.url ${target.url}`, error.message);
  return { kind: 'lost', message: `lost the broker at ${target.url}: ${error.message}` };
}

/** Some brokers do not say why they close: another client under the same id, and each ends the other. */
export function suspectedTakeover(target: Target): BrokerFailure {
  return takenOver(target, 'a broker that closes the connection again and again shortly after accepting it');
}

function refusal(kind: FailureKind, code: number, words: string, target: Target): BrokerFailure {
  const { url, clientId, username } = target;
  const received = `${words.replace(/^Connection refused: /, '')} (${code})`;
  switch (kind) {
    case 'credentials': {
      const user = username === undefined ? 'mqtt.username (not set)' : `mqtt.username ${username}`;
      const what = 'a user and password that the broker accepts';
      return failureOf(kind, what, `${user} at ${url}`, received);
    }
    case 'client-id':
      return failureOf(kind, 'a client id that the broker accepts', `mqtt.clientId ${clientId}`, received);
    case 'taken-over':
      return takenOver(target, received);
    case 'protocol':
      return failureOf(kind, 'a broker of this MQTT version', `mqtt.protocol at ${url}`, received);
    default:
      return failureOf(kind, 'a broker that accepts the connection', `mqtt.url ${url}`, received);
  }
}

function takenOver({ clientId }: Target, received: string): BrokerFailure {
  const what = 'a client id that no other client uses';
  return failureOf('taken-over', what, `mqtt.clientId ${clientId}`, received);
}

function failureOf(kind: FailureKind, what: string, where: string, received: string): BrokerFailure {
  return { kind, message: expected(what, where, received).message };
}

/** Where several addresses of a host were tried, the first one's reason stands for all. */
function codeOf(error: Error): string | number | undefined {
  const first = error instanceof AggregateError ? (error.errors[0] as Error | undefined) : undefined;
  const { code } = (first ?? error) as { code?: string | number };
  return code;
}
