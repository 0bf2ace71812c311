// A request's body -> its value; a reply -> the answer, with the headers that every answer has.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { SECURITY_HEADERS } from './headers.js';

interface PageHead {
  /** Default 200. */
  readonly status?: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ShortReply extends PageHead {
  readonly body?: string | Buffer | undefined;
}

export interface LongReply extends PageHead {
  readonly body: LongBody;
}

export type PageReply = ShortReply | LongReply;

/** What is read while it is sent. */
export interface LongBody {
  readonly stream: Readable;
  readonly bytes: number;
}

export interface PageRequest {
  /** What follows in the path of a route that ends with `/`, as it was sent; otherwise empty. */
  readonly rest: string;
  /** What part of the answer is wanted, of GET alone. */
  readonly range: string | undefined;
  readonly query: URLSearchParams;
  /** What the JSON of the body says, of POST alone; nobody has looked at it yet. */
  readonly body: unknown;
}

export interface Route {
  readonly method: 'GET' | 'POST';
  /** Begins with `/api/`; where it ends with `/`, all that is below it. */
  readonly path: string;
  readonly answer: (request: PageRequest) => PageReply | Promise<PageReply>;
}

/** Zones of a camera, with as many points as a configuration may have. */
const MOST_BODY_BYTES = 256 * 1024;

export function json(value: unknown, status = 200): ShortReply {
  return { status, type: 'application/json', body: JSON.stringify(value) };
}

/** @param message for people */
export function refusal(status: number, message: string): ShortReply {
  return json({ message }, status);
}

export async function readBody(
  request: IncomingMessage,
): Promise<{ readonly value: unknown } | { readonly refused: PageReply }> {
  // A form of another page cannot say so without being asked first.
  if (request.headers['content-type']?.split(';')[0] !== 'application/json')
    return { refused: refusal(415, 'expected application/json') };
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.byteLength;
    if (length > MOST_BODY_BYTES)
      return { refused: refusal(413, `expected at most ${MOST_BODY_BYTES} bytes`) };
    chunks.push(chunk);
  }
  try {
    return { value: JSON.parse(Buffer.concat(chunks).toString()) };
  } catch {
    return { refused: refusal(400, 'expected JSON') };
  }
}

export function isLong(reply: PageReply): reply is LongReply {
  return typeof reply.body === 'object' && 'stream' in reply.body;
}

export function answer(response: ServerResponse, { body, ...head }: ShortReply): void {
  writeHead(response, head, body === undefined ? undefined : Buffer.byteLength(body));
  response.end(body);
}

/** @param bytes of the body, where there is one */
export function writeHead(
  response: ServerResponse,
  { status = 200, type, headers }: PageHead,
  bytes: number | undefined,
): void {
  response.writeHead(status, {
    ...SECURITY_HEADERS,
    'cache-control': 'no-store',
    ...headers,
    ...(type !== undefined && { 'content-type': type }),
    ...(bytes !== undefined && { 'content-length': bytes }),
    // A body that nobody has read to its end is no beginning of another request.
    ...(status >= 400 && { connection: 'close' }),
  });
}
