// What the agent has to say -> JSON lines, or readable ones on a terminal. The only owner of pino.

import { type DestinationStream, destination, type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import { plainText } from '#common/plain-text.js';
import { redacted, redactText } from '#common/redact.js';
import type { Config } from '../config/schema.js';

/** Its `level` may be set at any time. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'level'>;

/** Standard error: standard output belongs to what a command reports. */
const STDERR = 2;

/**
 * Passwords are hidden in every line. Lines are written at once, so that none is lost at exit.
 *
 * @param to instead of standard error
 */
export function createLog({ level, format }: Config['log'], device: string, to?: DestinationStream): Log {
  const readable = format === 'pretty' || (format === 'auto' && process.stderr.isTTY === true);
  const plain = to ?? destination({ dest: STDERR, sync: true });
  const stream = readable
    ? pretty({
        destination: to === undefined ? STDERR : (plain as NodeJS.WritableStream),
        colorize: process.stderr.isTTY === true && process.stderr.hasColors(),
        ignore: 'pid,hostname,device',
        translateTime: 'SYS:HH:MM:ss.l',
        sync: true,
      })
    : plain;
  return pino(
    {
      level,
      base: { device },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }), log: redacted },
      serializers: { err: (error: Error) => redacted(pino.stdSerializers.err(error)) },
      hooks: {
        logMethod(given, method) {
          const hidden = given.map((part: unknown) =>
            typeof part === 'string' ? plainText(redactText(part)) : part,
          );
          method.apply(this, hidden as Parameters<typeof method>);
        },
      },
    },
    stream,
  );
}
