// A camera's address -> a connection to it, and the one track of its description that is wanted.

import type { CaptureError } from '../failure.js';
import { type CameraAddress, type NetworkCamera, portOf } from './address.js';
import { failed } from './camera-socket.js';
import { MOST_REDIRECTS, redirected, tooManyRedirects } from './redirect.js';
import { CameraConnection } from './rtsp-connection.js';
import { header, type RtspMessage, statusOf } from './rtsp-message.js';
import { type VideoTrack, videoTrack } from './sdp.js';

export interface Described {
  readonly camera: CameraConnection;
  readonly track: VideoTrack;
  /** Addresses of the track for SETUP, and of the whole session for all else. */
  readonly uris: { readonly track: string; readonly session: string };
  /** Whether it knows GET_PARAMETER; where it does not, OPTIONS keeps a session alive. */
  readonly hasGetParameter: boolean;
}

/**
 * Redirects within the host are followed.
 *
 * @throws CaptureError that says why the camera gives no video
 */
export async function describe(address: NetworkCamera): Promise<Described> {
  let { location } = address;
  let place: CameraAddress = address;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const camera = await CameraConnection.open(place);
    try {
      const options = await camera.request('OPTIONS', location);
      const answer = await camera.request('DESCRIBE', location, { Accept: 'application/sdp' });
      const status = statusOf(answer) ?? 0;
      if (status >= 300 && status < 400) {
        camera.close();
        location = redirected(location, header(answer, 'Location'), address.host);
        place = { ...address, port: portOf(location) };
        continue;
      }
      if (status !== 200) throw refusal(answer, 'DESCRIBE');
      return { camera, ...described(answer, location), hasGetParameter: knows(options, 'GET_PARAMETER') };
    } catch (error) {
      camera.close();
      throw error;
    }
  }
  throw tooManyRedirects();
}

function described(answer: RtspMessage, location: string): Pick<Described, 'track' | 'uris'> {
  const track = videoTrack(answer.body.toString('utf8'));
  if ('reason' in track) throw failed('decode', track.reason);
  const named = header(answer, 'Content-Base') ?? header(answer, 'Content-Location') ?? location;
  return { track, uris: controlUris(isAddress(named) ? named : location, track) };
}

/** @param base where the description was found, to which its controls are relative */
export function controlUris(
  base: string,
  { control, sessionControl }: Pick<VideoTrack, 'control' | 'sessionControl'>,
): Described['uris'] {
  const session = resolved(base, sessionControl);
  // A relative one of the session is a name for all of it, and no folder of its tracks.
  const above = sessionControl !== undefined && isAddress(sessionControl) ? sessionControl : base;
  return { session, track: resolved(above, control ?? sessionControl) };
}

/** As other players do it: a relative control is put behind the base, whether that ends in a slash or not. */
function resolved(base: string, control: string | undefined): string {
  if (control === undefined || control === '*' || control === '') return base;
  if (isAddress(control)) return control;
  return `${base}${base.endsWith('/') ? '' : '/'}${control}`;
}

function isAddress(text: string): boolean {
  return /^rtsps?:\/\//i.test(text);
}

/** A camera that does not say what it knows is taken to know all. */
function knows({ headers }: RtspMessage, method: string): boolean {
  const said = (headers.get('public') ?? []).join();
  return said === '' || said.toUpperCase().includes(method);
}

/** @returns what an answer with an error means */
export function refusal(answer: RtspMessage, method: string): CaptureError {
  const status = statusOf(answer) ?? 0;
  const said = `${method}: ${answer.startLine.replace(/^RTSP\/\S+ /, '')}`;
  if (status === 403) return failed('unauthorized', said);
  if (status === 404 || status === 410 || status === 454) return failed('not-found', said);
  return failed('unreachable', said);
}
