// A reason code of MQTT -> what it says, and what it means for the message or the connection that it answers. Pure.

import type { RefusalReason, Refused } from '../outcome.js';

/** MQTT 3.1.1 has 1 to 5 in a CONNACK and 128 in a SUBACK, MQTT 5 all from 128 on. */
const WORDS: Partial<Record<number, string>> = {
  1: 'Unacceptable protocol version',
  2: 'Identifier rejected',
  3: 'Server unavailable',
  4: 'Bad username or password',
  5: 'Not authorized',
  128: 'Unspecified error',
  129: 'Malformed packet',
  130: 'Protocol error',
  131: 'Implementation specific error',
  132: 'Unsupported protocol version',
  133: 'Client identifier not valid',
  134: 'Bad username or password',
  135: 'Not authorized',
  136: 'Server unavailable',
  137: 'Server busy',
  138: 'Banned',
  139: 'Server shutting down',
  140: 'Bad authentication method',
  141: 'Keep alive timeout',
  142: 'Session taken over',
  143: 'Topic filter invalid',
  144: 'Topic name invalid',
  145: 'Packet identifier in use',
  147: 'Receive maximum exceeded',
  148: 'Topic alias invalid',
  149: 'Packet too large',
  150: 'Message rate too high',
  151: 'Quota exceeded',
  152: 'Administrative action',
  153: 'Payload format invalid',
  154: 'Retain not supported',
  155: 'QoS not supported',
  156: 'Use another server',
  157: 'Server moved',
  158: 'Shared subscriptions not supported',
  159: 'Connection rate exceeded',
  160: 'Maximum connect time',
  161: 'Subscription identifiers not supported',
  162: 'Wildcard subscriptions not supported',
};

/** Longer ones would fill the log. */
const MOST_CHARACTERS = 200;

/** `Not authorized (135)`, with what the broker adds. */
export function reasonWords(code: number, added = ''): string {
  const words = `${WORDS[code] ?? 'a reason that MQTT does not have'} (${code})`;
  return added === '' ? words : `${words}: ${added.slice(0, MOST_CHARACTERS)}`;
}

const REFUSALS: Partial<Record<number, RefusalReason>> = {
  135: 'not-authorized',
  143: 'topic-name',
  144: 'topic-name',
  149: 'too-large',
  151: 'quota',
  153: 'payload-format',
};

/** @param code of a PUBACK, PUBREC or SUBACK, 128 or more */
export function refusedFor(code: number, added?: string): Refused {
  return { kind: 'refused', reason: REFUSALS[code] ?? 'unspecified', words: reasonWords(code, added) };
}

/** Of a DISCONNECT: these blame what was sent last, others the broker's own state or the client as a whole. */
const BLAMING = new Set([129, 130, 131, 135, 143, 144, 148, 149, 151, 153, 154, 155, 161, 162]);

/** @param words of the code, and of the broker */
export function blamedFor(code: number, words: string): Refused | undefined {
  return BLAMING.has(code) ? { kind: 'refused', reason: REFUSALS[code] ?? 'hang-up', words } : undefined;
}

/** More was on its way, or came faster, than the broker bears. */
export function isOverrun(code: number): boolean {
  return code === 147 || code === 150;
}

export const RETAIN_NOT_SUPPORTED = 154;
export const QOS_NOT_SUPPORTED = 155;
