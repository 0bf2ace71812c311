// A request's body -> its value; a reply -> the answer, with the headers that every answer has.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { SECURITY_HEADERS } from './headers.js';

export interface PageReply {
  /** Default 200. */
  readonly status?: number;
  readonly type?: string;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface PageRequest {
  readonly query: URLSearchParams;
  /** What the JSON of the body says, of POST alone; nobody has looked at it yet. */
  readonly body: unknown;
}

export interface Route {
  readonly method: 'GET' | 'POST';
  /** Begins with `/api/`. */
  readonly path: string;
  readonly answer: (request: PageRequest) => PageReply | Promise<PageReply>;
}

/** Zones of a camera, with as many points as a configuration may have. */
const MOST_BODY_BYTES = 256 * 1024;

export function json(value: unknown, status = 200): PageReply {
  return { status, type: 'application/json', body: JSON.stringify(value) };
}

/** @param message for people */
export function refusal(status: number, message: string): PageReply {
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

export function answer(response: ServerResponse, { status = 200, type, body, headers }: PageReply): void {
  response.writeHead(status, {
    ...SECURITY_HEADERS,
    'cache-control': 'no-store',
    ...headers,
    ...(type !== undefined && { 'content-type': type }),
    ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
    // A body that nobody has read to its end is no beginning of another request.
    ...(status >= 400 && { connection: 'close' }),
  });
  response.end(body);
}
