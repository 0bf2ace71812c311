// A session of a camera with its time limit -> requests that keep it alive, by whichever method the camera takes.

import type { CameraConnection } from './rtsp-connection.js';
import { statusOf } from './rtsp-message.js';

export interface Session {
  readonly id: string;
  /** Without a request for so long the camera ends it. */
  readonly timeoutMs: number;
}

/** RFC 2326, section 12.37. */
const DEFAULT_TIMEOUT_S = 60;
/** An answer may be late, and a request may be lost with an old nonce. */
const REQUESTS_PER_TIMEOUT = 3;
const SHORTEST_WAIT_MS = 300;

/** @param header the camera's answer to SETUP: `12345678;timeout=60` */
export function readSession(header: string | undefined): Session | undefined {
  const [id = '', ...parameters] = (header ?? '').split(';').map((part) => part.trim());
  if (id === '') return undefined;
  const said = parameters.map((part) => /^timeout\s*=\s*(\d{1,6})$/i.exec(part)?.[1]).find(Boolean);
  return { id, timeoutMs: 1000 * (Number(said) || DEFAULT_TIMEOUT_S) };
}

/** @param hasGetParameter some cameras know OPTIONS alone, and others say so only when asked @returns ends it */
export function keepAlive(
  camera: CameraConnection,
  uri: string,
  { id, timeoutMs }: Session,
  hasGetParameter: boolean,
): () => void {
  let method = hasGetParameter ? 'GET_PARAMETER' : 'OPTIONS';
  const ask = async () => {
    const answer = await camera.request(method, uri, { Session: id }).catch(() => undefined);
    // What ends a stream is that no frames come; a refusal or silence here does not.
    if (answer === undefined || statusOf(answer) !== 200) method = 'OPTIONS';
  };
  const waitMs = Math.max(SHORTEST_WAIT_MS, timeoutMs / REQUESTS_PER_TIMEOUT);
  const timer = setInterval(() => void ask(), waitMs);
  return () => clearInterval(timer);
}
