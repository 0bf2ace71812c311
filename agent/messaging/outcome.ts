// A message that was given to a connection -> what became of it: whoever keeps it until then is told once.

/** Why a broker will not take a message as it is, now or later; keys of counts. */
export const refusalReasons = [
  /** An access rule. */
  'not-authorized',
  /** Above what the broker takes, by its own word or by ours for the topic. */
  'too-large',
  'topic-name',
  'payload-format',
  'quota',
  /** It ended the connection when it was given this message alone, and did so again. */
  'hang-up',
  /** It gave no reason, or one that says nothing about the message. */
  'unspecified',
] as const;

export type RefusalReason = (typeof refusalReasons)[number];

/** Settled: the same message must not be sent again. */
export interface Refused {
  readonly kind: 'refused';
  readonly reason: RefusalReason;
  /** What the broker said, for people. */
  readonly words?: string;
}

export type Outcome =
  /** The broker has it. */
  | { readonly kind: 'delivered' }
  | Refused
  /** No answer before the connection ended: it has to be sent again on the next one. */
  | { readonly kind: 'pending' };

/** Called once for each message, perhaps before the call that sends it has returned. */
export type Done = (outcome: Outcome) => void;
