// Bodies that are read while they are sent -> answers: so many at a time, and none for somebody who does not take them.

import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { answer, type LongReply, refusal, type ShortReply, writeHead } from './exchange.js';

/** Each holds an open file. */
export const MOST_LONG_ANSWERS = 16;
/** A player that pauses takes nothing more; it asks anew for what it lacks. */
const NOTHING_TAKEN_MS = 30_000;
/** Whoever hangs up while he is answered is no news. */
const HUNG_UP = ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE'];

export class LongAnswers {
  readonly #nothingTakenMs: number;
  /** With the session of who asked. */
  readonly #running = new Map<ServerResponse, string | undefined>();

  constructor(nothingTakenMs = NOTHING_TAKEN_MS) {
    this.#nothingTakenMs = nothingTakenMs;
  }

  /** Resolves once it has ended, in whatever way. @throws the error of what is read */
  async send(response: ServerResponse, reply: LongReply, session: string | undefined): Promise<void> {
    const { stream, bytes } = reply.body;
    try {
      if (this.#running.size >= MOST_LONG_ANSWERS) answer(response, tooMany());
      else if (response.req.method === 'HEAD') {
        writeHead(response, reply, bytes);
        response.end();
      } else {
        this.#running.set(response, session);
        await this.#send(response, reply);
      }
    } finally {
      stream.destroy();
      this.#running.delete(response);
    }
  }

  /** Ends those of a session. */
  end(session: string | undefined): void {
    for (const [response, of] of this.#running) if (of === session) response.destroy();
  }

  async #send(response: ServerResponse, reply: LongReply): Promise<void> {
    const { stream, bytes } = reply.body;
    // Without a listener the connection ends.
    response.setTimeout(this.#nothingTakenMs);
    writeHead(response, reply, bytes);
    let sent = 0;
    stream.on('data', (chunk: Buffer) => {
      sent += chunk.byteLength;
    });
    try {
      await pipeline(stream, response, { end: false });
    } catch (error) {
      response.destroy();
      if (!HUNG_UP.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      return;
    }
    // Of a file that was cut short meanwhile nobody is to wait for the rest.
    if (sent === bytes) response.end();
    else response.destroy();
  }
}

function tooMany(): ShortReply {
  const headers = { 'retry-after': '5' };
  return { ...refusal(503, `expected at most ${MOST_LONG_ANSWERS} clips at a time`), headers };
}
