// A clip -> what a camera says of its streams (SDP).

import { isParameterSet } from './access-units.js';
import { PAYLOAD_TYPE } from './rtp-packets.js';
import type { RtspCameraOptions } from './rtsp-camera.js';

export function sdpOf({ clip, otherTracks = false, sprop = true }: RtspCameraOptions): string {
  const { codec, units } = clip;
  const sets = units[0]!.filter((unit) => isParameterSet(unit, codec)).map((set) => set.toString('base64'));
  const parameters = !sprop
    ? ''
    : codec === 'H264'
      ? `;sprop-parameter-sets=${sets.join(',')}`
      : `;sprop-vps=${sets[0]};sprop-sps=${sets[1]};sprop-pps=${sets[2]}`;
  const fmtp = codec === 'H264' ? `packetization-mode=1${parameters}` : parameters.slice(1);
  return [
    ...['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=test camera', 'c=IN IP4 0.0.0.0', 't=0 0', 'a=control:*'],
    ...(otherTracks ? ['m=audio 0 RTP/AVP 0', 'a=rtpmap:0 PCMU/8000', 'a=control:audio'] : []),
    `m=video 0 RTP/AVP ${PAYLOAD_TYPE}`,
    `a=rtpmap:${PAYLOAD_TYPE} ${codec}/90000`,
    ...(fmtp === '' ? [] : [`a=fmtp:${PAYLOAD_TYPE} ${fmtp}`]),
    'a=control:video',
    ...(otherTracks
      ? ['m=application 0 RTP/AVP 107', 'a=rtpmap:107 vnd.onvif.metadata/90000', 'a=control:metadata']
      : []),
    '',
  ].join('\r\n');
}
