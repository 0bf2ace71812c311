// The description of a camera's streams (SDP, RFC 8866) -> the one video track that is wanted, and a description of it
// alone. Pure.

/**
 * Codecs of RTP that cameras send, with GStreamer's elements that unpack and parse them; others are refused. Of 9 bits
 * there are no raw pictures in GStreamer 1.22, whose decoders crash on them.
 */
const CODECS = {
  H264: { depay: 'rtph264depay', parse: 'h264parse', caps: 'video/x-h264,bit-depth-luma=(uint){8,10}' },
  H265: { depay: 'rtph265depay', parse: 'h265parse', caps: 'video/x-h265,bit-depth-luma=(uint){8,10,12}' },
  JPEG: { depay: 'rtpjpegdepay', parse: 'jpegparse', caps: 'image/jpeg' },
  'MP4V-ES': { depay: 'rtpmp4vdepay', parse: 'mpeg4videoparse', caps: 'video/mpeg' },
  VP8: { depay: 'rtpvp8depay', parse: undefined, caps: 'video/x-vp8' },
  VP9: { depay: 'rtpvp9depay', parse: 'vp9parse', caps: 'video/x-vp9' },
  AV1: { depay: 'rtpav1depay', parse: 'av1parse', caps: 'video/x-av1' },
} as const;

export type RtpCodec = keyof typeof CODECS;
export const RTP_CODECS = CODECS;

/** Payload types that need no rtpmap (RFC 3551). */
const STATIC: Readonly<Record<string, RtpCodec>> = { 26: 'JPEG' };

export interface VideoTrack {
  readonly codec: RtpCodec;
  /** Of its packets. */
  readonly payloadType: number;
  /** As the camera wrote it, relative or whole; nothing where the whole stream is set up. */
  readonly control: string | undefined;
  /** Of the whole session. */
  readonly sessionControl: string | undefined;
  /** A description with this track alone, whose control is `track`. */
  readonly description: string;
}

interface Media {
  readonly kind: string;
  /** `RTP/AVP`, as all cameras have it that are known. */
  readonly profile: string;
  readonly payload: string;
  readonly lines: readonly string[];
}

const LONGEST_LINE = 4096;
const MOST_MEDIA = 32;

/** @returns the first video track of a codec that is known, or why there is none */
export function videoTrack(sdp: string): VideoTrack | { readonly reason: string } {
  const lines = sdp.split(/\r?\n|\r/).filter((line) => /^[a-z]=/.test(line) && line.length <= LONGEST_LINE);
  const { session, media } = sections(lines);
  const videos = media.filter(({ kind }) => kind === 'video');
  if (videos.length === 0) return { reason: 'a stream without video' };
  const found = videos.find((video) => codecOf(video) !== undefined);
  if (found === undefined) {
    const names = videos.map((video) => encodingOf(video) ?? `payload type ${video.payload}`);
    return { reason: `video as ${names.join(', ')}, which is none of ${Object.keys(CODECS).join(', ')}` };
  }
  const unreadable = unreadableIn(found);
  if (unreadable !== undefined) return { reason: unreadable };
  const control = attribute(found.lines, 'control');
  const sessionControl = attribute(session, 'control');
  const kept = (line: string) => !line.startsWith('a=control:');
  const description = [
    // What else it says of the session is for other players.
    ...session.filter((line) => /^[vostc]=|^a=range:/.test(line)),
    ...found.lines.filter(kept),
    'a=control:track',
  ];
  return {
    codec: codecOf(found)!,
    payloadType: Number(found.payload),
    control,
    sessionControl,
    description: `${description.join('\r\n')}\r\n`,
  };
}

function sections(lines: readonly string[]): { session: string[]; media: Media[] } {
  const session: string[] = [];
  const media: { kind: string; profile: string; payload: string; lines: string[] }[] = [];
  for (const line of lines) {
    const [, kind, profile, payload] = /^m=(\S+) \S+ (\S+) (\S+)/.exec(line) ?? [];
    if (kind !== undefined && media.length < MOST_MEDIA)
      media.push({ kind, profile: profile!, payload: payload!, lines: [line] });
    else if (!line.startsWith('m=')) (media.at(-1)?.lines ?? session).push(line);
  }
  return { session, media };
}

/** @returns what it says of itself that nobody here can undo */
function unreadableIn({ profile, lines }: Media): string | undefined {
  if (profile.includes('SAVP')) return `encrypted video (${profile}), which is not known here`;
  const outOfOrder = lines
    .filter((line) => line.startsWith('a=fmtp:'))
    .flatMap((line) => /\b(packetization-mode=2|sprop-max-don-diff=[1-9]\d*)\b/.exec(line)?.[1] ?? []);
  return outOfOrder.length === 0
    ? undefined
    : `video out of its order (${outOfOrder[0]}), which is not known here`;
}

function attribute(lines: readonly string[], name: string): string | undefined {
  const start = `a=${name}:`;
  return lines
    .find((line) => line.startsWith(start))
    ?.slice(start.length)
    .trim();
}

function encodingOf({ payload, lines }: Media): string | undefined {
  const maps = lines.map((line) => /^a=rtpmap:\s*(\d+)\s+([^/\s]+)/.exec(line));
  return maps.find((map) => map?.[1] === payload)?.[2]?.toUpperCase();
}

function codecOf(media: Media): RtpCodec | undefined {
  const encoding = encodingOf(media);
  if (encoding === undefined) return STATIC[media.payload];
  return (Object.keys(CODECS) as RtpCodec[]).find((name) => name === encoding);
}
