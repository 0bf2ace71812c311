// A track of a camera + how it may send -> the answer to SETUP, and the way on which the packets follow.

import type { NetworkCamera } from '../address.js';
import { failed } from '../camera-socket.js';
import { header, statusOf } from '../rtsp-message.js';
import { isInterleaved, setUpInterleaved } from './interleaved.js';
import { setUpMulticast } from './multicast.js';
import type { SetUpAnswer, SetUpRequest } from './transport.js';
import { setUpUnicast } from './unicast.js';

const UNSUPPORTED_TRANSPORT = 461;

/**
 * `auto` is within the connection, or by UDP where the camera has nothing else; never of one that is encrypted, as UDP is not.
 *
 * @param isEncrypted the connection
 * @throws CaptureError where the camera does not answer, or what it answers cannot be followed
 */
export async function setUp(
  wanted: NetworkCamera['transport'],
  request: SetUpRequest,
  isEncrypted: boolean,
): Promise<SetUpAnswer> {
  if (wanted === 'multicast') return setUpMulticast(request);
  if (wanted === 'udp') return setUpUnicast(request);
  const within = await setUpInterleaved(request);
  if (wanted === 'tcp') return within;
  const { answer } = within;
  const isRefused = statusOf(answer) === UNSUPPORTED_TRANSPORT;
  if (!isRefused && (statusOf(answer) !== 200 || isInterleaved(header(answer, 'Transport')))) return within;
  if (isEncrypted)
    throw failed(
      'unreachable',
      'the camera sends its video beside the encrypted connection only, in clear: transport: udp takes it so',
    );
  if (isRefused) return setUpUnicast(request);
  // Some accept whatever is asked for, and then name what they would rather have.
  const Session = header(answer, 'Session');
  return setUpUnicast({ ...request, headers: { ...request.headers, ...(Session && { Session }) } });
}
