// What a configuration file may say of requests over MQTT.

import { z } from 'zod';

/** What may be asked over MQTT; agent/messaging/requests says what each does. */
export const REQUESTS = [
  'snapshot',
  'restart',
  'enable',
  'disable',
  'thresholds',
  'log',
  'bench',
  'reload',
  'config',
] as const;

export const requests = z.strictObject({
  allow: z
    .array(z.enum(REQUESTS))
    .default(['config'])
    .meta({
      description:
        'What whoever may publish at the broker may ask; by default only what reads. [] refuses everything',
      examples: [['config', 'snapshot', 'restart']],
    }),
  perMinute: z
    .int()
    .min(1)
    .max(6000)
    .default(60)
    .describe('Requests, refused ones included, that are answered; more are dropped and counted'),
  keep: z
    .boolean()
    .default(false)
    .describe(
      'true keeps what requests have changed over a restart, until the configuration changes the same key',
    ),
});
