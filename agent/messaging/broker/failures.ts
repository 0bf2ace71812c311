// What went wrong with the broker -> its class, and one line that says what to do.

import { expected } from '#common/errors.js';
import { unlikelyPort } from '../../config/broker-address.js';
import type { Ending } from './delivery.js';
import { blamedFor, isOverrun } from './reasons.js';

type FailureKind =
  | 'unreachable'
  | 'timeout'
  | 'credentials'
  | 'client-id'
  | 'taken-over'
  | 'protocol'
  /** It closed before it had said anything. */
  | 'silent'
  | 'other-protocol'
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

export interface Progress {
  /** There was a connection on which the broker could have answered. */
  readonly wasReached: boolean;
  /** It had accepted it. */
  readonly hasAnswered: boolean;
}

const REACHING: Partial<Record<string, string>> = {
  ECONNREFUSED: 'a refusal: nothing listens there',
  ENOTFOUND: 'no such host name',
  EAI_AGAIN: 'no answer from the name server',
  EHOSTUNREACH: 'no way to that host',
  ENETUNREACH: 'no network',
  ETIMEDOUT: 'no answer',
};

const CLOSED = new Set<string | number | undefined>(['ECONNRESET', 'EPIPE', 'ECONNABORTED']);

const TLS_CODES =
  /^(ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|EPROTO|HOSTNAME_MISMATCH)/;
const NO_TLS = /wrong version number|packet length too long|before secure TLS connection|record layer/i;
const CLIENT_CERTIFICATE = /alert (certificate required|bad certificate|unknown ca|handshake failure)/i;
/** Of a WebSocket that was not opened. */
const NO_WEBSOCKET = /unexpected server response|subprotocol|parse error|socket hang up/i;

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

export function describeFailure(
  error: Error | undefined,
  target: Target,
  { wasReached, hasAnswered }: Progress = { wasReached: true, hasAnswered: true },
): BrokerFailure {
  const { url } = target;
  const where = `mqtt.url ${url}`;
  const code = error && codeOf(error);
  const message = error?.message ?? '';
  if (typeof code === 'number')
    return hasAnswered ? ended(code, message, target) : refusal(REASONS[code], message, target);
  const reaching = REACHING[code ?? ''];
  if (reaching !== undefined) return failureOf('unreachable', 'a broker', where, reaching);
  const mistake = hasAnswered ? undefined : likelyMistake(error, url, wasReached);
  if (mistake !== undefined) return mistake;
  if (TLS_CODES.test(code ?? '') || /PEM|TLS|certificate/.test(message)) {
    const isOwn = CLIENT_CERTIFICATE.test(message);
    return isOwn
      ? failureOf('tls', 'a client certificate that the broker accepts', `mqtt.tls.cert at ${url}`, message)
      : failureOf('tls', 'a trusted certificate', `mqtt.tls at ${url}`, `${message} (${code ?? 'TLS'})`);
  }
  if (/timeout/i.test(message)) return failureOf('timeout', 'an answer', where, message);
  return { kind: 'lost', message: `lost the broker at ${url}${message === '' ? '' : `: ${message}`}` };
}

/** Another scheme, port or path, as far as can be told from how a connection failed before it was accepted. */
function likelyMistake(
  error: Error | undefined,
  url: string,
  wasReached: boolean,
): BrokerFailure | undefined {
  const where = `mqtt.url ${url}`;
  const message = error?.message ?? '';
  const isClosed = isClosedBy(error);
  if (error !== undefined && codeOf(error) === 'OTHER_PROTOCOL')
    return failureOf('other-protocol', 'MQTT', where, `${message}${hint(url, WRONG_SCHEME)}`);
  if (/^(mqtts|wss):/.test(url) && (NO_TLS.test(message) || (isClosed && !wasReached)))
    return failureOf('tls', 'TLS', where, `none${hint(url, ' (without TLS it is mqtt:// or ws://)')}`);
  if (/^wss?:/.test(url) && (NO_WEBSOCKET.test(message) || (isClosed && !wasReached))) {
    const received = `${message}${hint(url, ' (the path is /mqtt or /ws in most places)')}`;
    return failureOf('other-protocol', 'a WebSocket of MQTT', where, received);
  }
  if (!isClosed || !wasReached) return undefined;
  const received = `a connection that was closed without one${hint(url, WRONG_SCHEME)}`;
  return failureOf('silent', 'an answer', where, received);
}

const WRONG_SCHEME = ' (mqtts:// speaks TLS, ws:// and wss:// WebSockets)';

/** What is known of the port is worth more than what holds for every address. */
function hint(url: string, otherwise: string): string {
  const usual = unlikelyPort(url);
  return usual === undefined ? otherwise : `: port ${new URL(url).port} is in most places that of ${usual}`;
}

/** Whether the other end closed, in good form or not: other errors are of the network or our own. */
function isClosedBy(error: Error | undefined): boolean {
  return error === undefined || CLOSED.has(codeOf(error));
}

/** Whether the broker ended the connection for what it was sent. */
export function endingOf(error: Error | undefined, { kind }: BrokerFailure): Ending {
  const code = error && codeOf(error);
  if (typeof code === 'number') {
    if (isOverrun(code)) return { by: 'broker', isOverrun: true };
    const why = blamedFor(code, error?.message ?? '');
    return why === undefined ? { by: 'other' } : { by: 'broker', why };
  }
  return kind === 'lost' && isClosedBy(error) ? { by: 'broker' } : { by: 'other' };
}

/** Some brokers do not say why they close: another client under the same id, and each ends the other. */
export function suspectedTakeover(target: Target): BrokerFailure {
  return takenOver(target, 'a broker that closes the connection again and again shortly after accepting it');
}

/** A connection that was accepted is not ended for its password. */
function ended(code: number, words: string, target: Target): BrokerFailure {
  if (code === 142) return takenOver(target, words);
  return failureOf('refused', 'a broker that keeps the connection', `mqtt.url ${target.url}`, words);
}

function refusal(kind: FailureKind = 'refused', received: string, target: Target): BrokerFailure {
  const { url, clientId, username } = target;
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
