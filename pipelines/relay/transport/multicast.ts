// SETUP of a track that the camera sends to a group of addresses -> its packets, where this machine joins the group.

import { isIPv4 } from 'node:net';
import { failed } from '../camera-socket.js';
import { header, statusOf } from '../rtsp-message.js';
import { Datagrams } from './datagrams.js';
import type { SetUpAnswer, SetUpRequest } from './transport.js';

const LAST_PORT = 65_535;

/** @throws CaptureError for a camera that names no group, or whose ports are taken here */
export async function setUpMulticast({ camera, uri, headers, listener }: SetUpRequest): Promise<SetUpAnswer> {
  const answer = await camera.request('SETUP', uri, { ...headers, Transport: 'RTP/AVP;multicast' });
  if (statusOf(answer) !== 200) return { answer };
  const transport = header(answer, 'Transport') ?? '';
  const group = /\bdestination=([\da-f.:]+)/i.exec(transport)?.[1];
  const port = Number(/\bport=(\d{1,5})/.exec(transport)?.[1]);
  if (group === undefined || !(port > 0 && port < LAST_PORT) || !isMulticast(group))
    throw failed('unreachable', `a camera that names no multicast group (${transport})`);
  // The network in which the camera was found is the one in which it sends.
  const network = isIPv4(group) ? camera.localAddress : undefined;
  return {
    answer,
    transport: await Datagrams.open(camera.remoteAddress, listener, { group, port, network }),
  };
}

function isMulticast(address: string): boolean {
  const first = Number(address.split('.')[0]);
  return (first >= 224 && first <= 239) || /^ff/i.test(address);
}
