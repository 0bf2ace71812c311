// The first word of an engine.

import { expected } from '#common/errors.js';
import { countIn, type Message, PROTOCOL } from './protocol.js';

/** A GPU's libraries take seconds to load. */
export const HELLO_MS = 15_000;

/** @throws CspcamError for an engine of another version of cspcam */
export function expectProtocol(hello: Message, engine: string): void {
  const protocol = countIn(hello, 'protocol');
  if (protocol !== PROTOCOL)
    throw expected(`protocol ${PROTOCOL} (cspcam engines build ${engine})`, `engine ${engine}`, protocol);
}
