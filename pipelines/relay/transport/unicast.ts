// SETUP of a track over UDP, to ports of this machine -> its packets.

import { header, statusOf } from '../rtsp-message.js';
import { Datagrams } from './datagrams.js';
import type { SetUpAnswer, SetUpRequest } from './transport.js';

const LAST_PORT = 65_535;

/** @throws CaptureError where no ports are free */
export async function setUpUnicast({ camera, uri, headers, listener }: SetUpRequest): Promise<SetUpAnswer> {
  const datagrams = await Datagrams.open(camera.remoteAddress, listener);
  try {
    const ports = `${datagrams.port}-${datagrams.port + 1}`;
    const Transport = `RTP/AVP;unicast;client_port=${ports}`;
    const answer = await camera.request('SETUP', uri, { ...headers, Transport });
    if (statusOf(answer) === 200) {
      const to = serverPorts(header(answer, 'Transport'));
      if (to !== undefined) datagrams.sendTo(to);
      return { answer, transport: datagrams };
    }
    datagrams.close();
    return { answer };
  } catch (error) {
    datagrams.close();
    throw error;
  }
}

/** Where the camera sends from, which it need not say. */
function serverPorts(transport = ''): readonly [rtp: number, rtcp: number] | undefined {
  const [, rtp, rtcp] = /\bserver_port=(\d{1,5})(?:-(\d{1,5}))?/.exec(transport) ?? [];
  const ports = [Number(rtp), Number(rtcp ?? Number(rtp) + 1)] as const;
  return ports.every((port) => port > 0 && port <= LAST_PORT) ? ports : undefined;
}
