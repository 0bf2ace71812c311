// A track of a camera + how it may send -> the answer to SETUP, and the way on which the packets follow.

import type { NetworkCamera } from '../address.js';
import { header, statusOf } from '../rtsp-message.js';
import { isInterleaved, setUpInterleaved } from './interleaved.js';
import { setUpMulticast } from './multicast.js';
import type { SetUpAnswer, SetUpRequest } from './transport.js';
import { setUpUnicast } from './unicast.js';

const UNSUPPORTED_TRANSPORT = 461;

/**
 * `auto` is within the connection, or by UDP where the camera has nothing else.
 *
 * @throws CaptureError where the camera does not answer, or what it answers cannot be followed
 */
export async function setUp(wanted: NetworkCamera['transport'], request: SetUpRequest): Promise<SetUpAnswer> {
  if (wanted === 'multicast') return setUpMulticast(request);
  if (wanted === 'udp') return setUpUnicast(request);
  const within = await setUpInterleaved(request);
  if (wanted === 'tcp') return within;
  const { answer } = within;
  if (statusOf(answer) === UNSUPPORTED_TRANSPORT) return setUpUnicast(request);
  if (statusOf(answer) !== 200 || isInterleaved(header(answer, 'Transport'))) return within;
  // Some accept whatever is asked for, and then name what they would rather have.
  const Session = header(answer, 'Session');
  return setUpUnicast({ ...request, headers: { ...request.headers, ...(Session && { Session }) } });
}
