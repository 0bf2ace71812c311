// The head of a launch string -> the same, with the coded packets of its stream in an appsink beside the decoder. Pure.

import type { RtpCodec } from './relay/sdp.js';

/** As MP4 has them, by a parser of their own: decoders go on choosing their form. */
const FORMS: Partial<Record<RtpCodec, string>> = {
  H264: 'h264parse ! video/x-h264,stream-format=avc,alignment=au',
  H265: 'h265parse ! video/x-h265,stream-format=hvc1,alignment=au',
};
/** Seconds of a camera: longer than a capture process may be silent. A leaky queue would leave holes that nobody sees. */
const MOST_WAITING_BYTES = 1 << 24;

/**
 * What `capture/child/packets-out.ts` reads as `packets`; a codec over RTP that no clip is made of has none.
 *
 * @param codec of RTP; what parsebin has unpacked is in the form of MP4
 */
export function withPackets(head: string, codec?: RtpCodec): string {
  const form = codec && FORMS[codec];
  if (codec !== undefined && form === undefined) return head;
  return [
    `${head} ! tee name=parsed parsed.`,
    `queue max-size-buffers=0 max-size-time=0 max-size-bytes=${MOST_WAITING_BYTES}`,
    ...(form === undefined ? [] : [form]),
    'gdppay',
    'appsink name=packets sync=false async=false enable-last-sample=false max-buffers=1 wait-on-eos=false parsed.',
  ].join(' ! ');
}
