// What the agent has to say -> JSON lines, or readable ones on a terminal. The only owner of pino.

import { type DestinationStream, type Logger, pino } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { plainText } from '#common/plain-text.js';
import { redacted, redactText } from '#common/redact.js';
import type { Config } from '../config/schema.js';
import { BoundedOutput, unblockedStandardError } from './bounded-output.js';

/** In a line of JSON, which has escapes for all other control characters. */
const UNSEEN = /[\p{Cf}\u007f-\u009f]/gu;

/** Its `level` may be set at any time. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'level'>;

export interface AdaptableLog extends Log {
  /** From the next line on it says what another configuration says. */
  adopt(config: Config['log'], device: string): void;
}

/**
 * Passwords are hidden in every line. Lines are written at once, and the agent never waits for who reads them: what he
 * does not take is kept up to a bound, then dropped, and a line says how many.
 *
 * @param to instead of standard error, where standard output belongs to what a command reports
 */
export function createLog(config: Config['log'], device: string, to?: DestinationStream): AdaptableLog {
  let now = { ...config, device };
  const prettify = prettyFactory({
    colorize: process.stderr.isTTY === true && process.stderr.hasColors(),
    ignore: 'pid,hostname,device',
    translateTime: 'SYS:HH:MM:ss.l',
  });
  const form = (line: string) => (isReadable(now.format) ? prettify(line) : line);
  const destination = to ?? standardError((lines) => form(gapLine(now.device, lines)));
  const stream = { write: (line: string) => destination.write(form(line.replace(UNSEEN, ' '))) };
  const log = pino(
    {
      level: config.level,
      base: {},
      mixin: () => ({ device: now.device }),
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
  const adopt = (other: Config['log'], name: string) => {
    now = { ...other, device: name };
  };
  return Object.assign(log, { adopt });
}

function isReadable(format: Config['log']['format']): boolean {
  return format === 'pretty' || (format === 'auto' && process.stderr.isTTY === true);
}

function standardError(gap: (lines: number) => string): DestinationStream {
  const output = new BoundedOutput({ descriptor: unblockedStandardError(), gap });
  process.once('exit', () => output.end());
  return output;
}

/** In the form of every other line: who reads JSON finds it too. */
function gapLine(device: string, lines: number): string {
  const time = new Date().toISOString();
  const msg = `${lines} lines of the log were dropped here: nobody read them in time`;
  return `${JSON.stringify({ level: 'warn', time, device, dropped: lines, msg })}\n`;
}
