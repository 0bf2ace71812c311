// GStreamer's elements and a trial of a capture process -> findings, with the package that brings what is missing. Pure.

import type { CaptureTrial, ElementFacts } from '../facts/video.js';
import { apart, error, type Finding, note, ok, warning } from '../finding.js';
import type { Subject } from '../subject.js';
import { DECODERS, missingElements } from './elements.js';

/** Without them next to nothing plays, and setting up installs them at once. */
const ALL = [
  'gstreamer1.0-tools',
  'gstreamer1.0-plugins-base',
  'gstreamer1.0-plugins-good',
  'gstreamer1.0-plugins-bad',
  'gstreamer1.0-libav',
] as const;

export function judgeElements({ elements, failure, unbounded }: ElementFacts, subject: Subject): Finding[] {
  const bounds =
    unbounded.length === 0
      ? []
      : [
          note(
            'video.bounds',
            `no ${unbounded.join(', ')}`,
            'them, to keep capture processes within bounds',
            {
              install: ['util-linux'],
            },
          ),
        ];
  if (elements === undefined)
    return [
      error(
        'video.gstreamer',
        `gst-inspect-1.0 gives no list: ${apart(failure ?? 'none').seen}`,
        "GStreamer's tools and plugins",
        { install: ALL },
      ),
      ...bounds,
    ];
  const has = (element: string) => elements.has(element);
  const missing = missingElements(has);
  const needed =
    missing.length === 0
      ? ok('video.elements', `${elements.size} elements, none that is needed is missing`)
      : error(
          'video.elements',
          `no ${missing.map(({ element }) => element).join(', ')}`,
          'the elements that pipelines are made of',
          { install: packagesOf(missing) },
        );
  return [needed, ...judgeDecoders(has), ...judgeHardware(has, subject), ...bounds];
}

function packagesOf(missing: readonly { readonly install: string }[]): [string, ...string[]] {
  return [...new Set(missing.map(({ install }) => install))] as [string, ...string[]];
}

const TITLES = { h264: 'H.264', h265: 'H.265', jpeg: 'JPEG' } as const;

function judgeDecoders(has: (element: string) => boolean): Finding[] {
  return (['h264', 'h265', 'jpeg'] as const).map((codec) => {
    const { any, lastResort, install } = DECODERS[codec];
    const found = any.filter(has);
    const id = `video.${codec}`;
    if (found.length > 0) return ok(id, `${TITLES[codec]}: ${found.join(', ')}`);
    if (lastResort !== undefined && has(lastResort))
      return warning(
        id,
        `${TITLES[codec]}: ${lastResort} alone, which does not take every profile`,
        `${software(any)}, or a decoder of the board`,
        { install: [install] },
      );
    // Many cameras are set to H.264; whoever has none in H.265 misses nothing.
    const finding = codec === 'h265' ? warning : error;
    return finding(id, `no decoder of ${TITLES[codec]}`, `${software(any)}, or a decoder of the board`, {
      install: [install],
    });
  });
}

/** Of boards whose decoders are NVIDIA's, or Raspberry Pi's cameras. */
function judgeHardware(has: (element: string) => boolean, { machine }: Subject): Finding[] {
  const capture = machine?.limits.profile.capture;
  if (capture === undefined) return [];
  const decoders = capture.decoders.filter((name) => name.startsWith('nv'));
  const lacking = decoders.filter((name) => !has(name));
  if (lacking.length > 0)
    return [
      warning(
        'video.hardware',
        `no ${lacking.join(', ')}: pictures are decoded by the processor`,
        "the board's own decoder",
        "install nvidia-l4t-gstreamer (apt-get install nvidia-l4t-gstreamer), of the board's own package source",
      ),
    ];
  return decoders.length > 0 ? [ok('video.hardware', `decoded by ${decoders.join(', ')}`)] : [];
}

const software = (decoders: readonly string[]) => decoders.find((name) => /^(avdec_|jpegdec)/.test(name));

const NOT_LOADED =
  /Cannot find (module|package)|cannot open shared object|\.node\b|ERR_DLOPEN|NODE_MODULE_VERSION|undefined symbol/;

export function judgeCapture({ clip, picture }: CaptureTrial, { program }: Subject): Finding[] {
  const id = 'video.capture';
  if ('milliseconds' in clip)
    return [
      ok(
        id,
        `a capture process decodes the demo clip; first frame after ${Math.round(clip.milliseconds)} ms`,
      ),
    ];
  if (picture !== undefined && 'milliseconds' in picture)
    return [
      error(
        id,
        `test pictures come, the demo clip does not: ${clip.failure}`,
        'a frame of H.264',
        'install what is missing above',
      ),
    ];
  const failure = picture?.failure ?? clip.failure;
  // Told above, with all that lacks beside it.
  if (/gst-inspect-1\.0/.test(failure)) return [];
  if (/libgst\w*-1\.0\.so|libglib/.test(failure))
    return [
      error('video.addon', failure, 'the native addon gstreamer-superficial loads', {
        install: ['libgstreamer1.0-0', 'libgstreamer-plugins-base1.0-0'],
      }),
    ];
  if (NOT_LOADED.test(failure))
    return [
      error(
        'video.addon',
        failure,
        'the native addon gstreamer-superficial, made for this Node',
        'npm rebuild gstreamer-superficial, in the folder of the checkout, after ./scripts/setup',
      ),
    ];
  return [
    error(
      id,
      failure,
      'a frame of a test picture',
      `install what is missing above; ${program} detect test:ball --frames 1 --verbose says more`,
    ),
  ];
}
