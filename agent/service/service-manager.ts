// Environment -> systemd, or whoever else started the agent and wants to hear of it, by the protocol of sd_notify(3).

import { CspcamError, expected } from '#common/errors.js';

export interface ServiceManager {
  /**
   * Says everything at once, without waiting.
   *
   * @param lines `READY=1`, `STATUS=words`, ... as sd_notify(3) has them
   * @returns whether it arrived; a manager that is being started anew does not listen
   */
  tell(...lines: readonly string[]): boolean;
  /** It ends the agent where nothing is heard for so long; undefined where it does not. */
  readonly watchdogMs: number | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What the environment says of a manager: nothing where nobody listens, and nothing is loaded then.
 *
 * @throws CspcamError where it cannot be told: it would take the agent for one that never gets ready
 */
export async function serviceManager(
  environment: Environment = process.env,
): Promise<ServiceManager | undefined> {
  const path = environment['NOTIFY_SOCKET'];
  if (!path) return undefined;
  // A name of the kernel's own (@...), which systemd has not used for system services since 2016.
  if (!path.startsWith('/')) throw expected('the path of a socket', 'NOTIFY_SOCKET', path);
  const { createSocket } = await import('unix-dgram').catch((error: Error) => {
    const why = 'without it systemd (NOTIFY_SOCKET) would never hear that the agent is ready';
    throw new CspcamError(`expected unix-dgram to be built, as ${why}: ${error.message}`, { cause: error });
  });
  return {
    watchdogMs: watchdogMs(environment),
    tell: (...lines) => {
      const message = Buffer.from(lines.join('\n'));
      const socket = createSocket('unix_dgram');
      try {
        let hasArrived = false;
        socket.send(message, 0, message.byteLength, path, (error) => {
          hasArrived = error === undefined;
        });
        return hasArrived;
      } finally {
        socket.close();
      }
    },
  };
}

/** What was set for another process, from which this one inherited it, does not count. */
function watchdogMs({ WATCHDOG_USEC, WATCHDOG_PID }: Environment): number | undefined {
  if (WATCHDOG_PID !== undefined && WATCHDOG_PID !== `${process.pid}`) return undefined;
  const us = Number(WATCHDOG_USEC);
  return us > 0 ? us / 1000 : undefined;
}
