// The messages of the agent: their schemas, and the types that follow from them.

import { z } from 'zod';
import { health, info, response, settings, state, stats } from './schemas/agent.js';
import { clips, detections, events, line, objectCount, status, zone } from './schemas/camera.js';
import { count, instant } from './schemas/parts.js';
import { type MessageKind, topicTable } from './topics.js';

export const SCHEMA_VERSION = 1;

/** In front of every body. */
const envelope = z.strictObject({
  schemaVersion: z.literal(SCHEMA_VERSION),
  bootId: z.string().describe('Changes with each start of the agent'),
  sequence: count.describe('Counts the messages of one topic from 0 since start; a gap is messages lost'),
  sentAt: instant.describe('When the message was made; of a will, when the agent connected'),
});

const bodies = {
  state,
  info,
  health,
  settings,
  status,
  detections,
  count: objectCount,
  zone,
  line,
  events,
  clips,
  stats,
  diagnostics: stats,
  response,
} satisfies Record<MessageKind, z.ZodObject>;

export type Body<Kind extends MessageKind> = z.infer<(typeof bodies)[Kind]>;
export type Envelope = z.infer<typeof envelope>;
/** What can be published; `state` is the publisher's own business. */
type Published = Exclude<MessageKind, 'state'>;
export type Message = { readonly [Kind in Published]: { kind: Kind; body: Body<Kind> } }[Published];

/** Schema of a whole message: envelope and body. */
export function messageSchema(kind: MessageKind): z.ZodObject {
  return envelope.extend(bodies[kind].shape);
}

/**
 * JSON Schema (2020-12) of every message: `$defs` has one per kind, the file itself fits any of them. Keys that
 * are not in it are allowed, for later versions may add some.
 */
export function messagesJsonSchema(): Record<string, unknown> {
  const kinds = Object.keys(bodies) as MessageKind[];
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:cspcam:messages:${SCHEMA_VERSION}`,
    title: 'cspcam messages',
    description: 'Kind of message -> its schema; title is the topic below <base>/<device>/',
    anyOf: kinds.map((kind) => ({ $ref: `#/$defs/${kind}` })),
    $defs: Object.fromEntries(kinds.map((kind) => [kind, kindJsonSchema(kind)])),
  };
}

function kindJsonSchema(kind: MessageKind): object {
  const { path, about, maximumBytes } = topicTable[kind];
  const { $schema: _, ...schema } = z.toJSONSchema(messageSchema(kind), {
    override: ({ jsonSchema }) => {
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  return { title: path, description: `${about}; at most ${maximumBytes} bytes`, ...schema };
}
