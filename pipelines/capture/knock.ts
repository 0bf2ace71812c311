// A camera in the network that was not there -> a word as soon as it is there again, long before its next try is due.

import { connect, type Socket } from 'node:net';
import type { Clock } from '#common/clock.js';
import type { Failure } from '../failure.js';
import type { Source } from '../sources.js';

export interface KnockOptions {
  readonly host: string;
  readonly port: number;
  /** Nobody answered just now; otherwise there is a word only once there was none and then one. */
  readonly wasClosed: boolean;
  readonly clock: Clock;
  /** Called once, after which it knocks no more. */
  readonly onOpen: () => void;
}

export type Knock = (options: KnockOptions) => () => void;

const EVERY_MS = 2000;
const ANSWER_MS = 1500;

/** Of a source that has no such place, nothing. @returns ends it */
export function whenThereAgain(
  source: Source,
  failure: Failure,
  options: Pick<KnockOptions, 'clock' | 'onOpen'> & { readonly knock?: Knock | undefined },
): () => void {
  if (!('camera' in source) || !(failure === 'refused' || failure === 'unreachable')) return () => {};
  const { host, port } = source.camera;
  const { knock = knockAt, ...rest } = options;
  return knock({ host, port, wasClosed: failure === 'refused', ...rest });
}

/**
 * A connection every two seconds that is closed at once: next to nothing beside another capture process. A port that is open
 * all the while says nothing new: what failed there is waited for as its class says.
 *
 * @returns ends it
 */
export function knockAt({ host, port, wasClosed, clock, onOpen }: KnockOptions): () => void {
  let isClosed = wasClosed;
  let socket: Socket | undefined;
  let cancel = clock.after(EVERY_MS, knock);

  function knock(): void {
    const tried = connect({ host, port });
    socket = tried;
    const end = () => {
      tried.destroy();
      cancel();
      if (socket !== tried) return false;
      socket = undefined;
      return true;
    };
    const onNobody = () => {
      if (!end()) return;
      isClosed = true;
      cancel = clock.after(EVERY_MS, knock);
    };
    cancel = clock.after(ANSWER_MS, onNobody);
    tried.on('error', onNobody);
    tried.on('connect', () => {
      if (end() && isClosed) onOpen();
    });
  }

  return () => {
    cancel();
    socket?.destroy();
    socket = undefined;
  };
}
