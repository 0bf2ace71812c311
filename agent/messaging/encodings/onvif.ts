// Detections of a frame -> ONVIF's scene description as JSON over MQTT.

import { iou } from '../../../models/decode/boxes.js';
import type { Outgoing } from '../broker/client.js';
import { round } from '../payloads/numbers.js';
import type { Body, Message } from '../schemas.js';
import { JSON_TYPE, topicTable } from '../topics.js';
import type { Encoder } from './encoder.js';
import { onvifTypes } from './onvif-types.js';

type Detections = Body<'detections'>;
type BoxBody = Detections['tracks'][number]['box'];
type Size = Detections['frame']['sourceSize'];

/** Name of the analytics module, as topics and frames give it. */
const MODULE = 'cspcam';
/** A ten-thousandth of a picture of 1920 pixels is a fifth of one. */
const DIGITS = 4;
/** A box of a track and of a detection that overlap so much are of one object. */
const SAME_OBJECT_IOU = 0.5;

/**
 * One message per frame, empty ones included, which tell that the analytics live. Topics are
 * `<prefix>/onvif-mj/VideoAnalytics/<camera>/cspcam`, with the camera as profile token. After the ONVIF
 * Analytics Service Specification, "JSON over MQTT": attributes of the XML have an `@`, text beside attributes is
 * `#text`, what may be repeated is a list. Values are numbers, as in its version 26.06; older ones show texts.
 */
export class OnvifEncoder implements Encoder {
  readonly #prefix: string;

  /** @param prefix ONVIF's TopicPrefix, one level or more */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  encode(message: Message): readonly Outgoing[] {
    if (message.kind !== 'detections') return [];
    const { qos, retain, expirySeconds } = topicTable.detections;
    return [
      {
        topic: `${this.#prefix}/onvif-mj/VideoAnalytics/${message.body.camera}/${MODULE}`,
        payload: JSON.stringify({ Frame: [onvifFrame(message.body)] }),
        options: { qos, retain, expirySeconds, contentType: JSON_TYPE },
      },
    ];
  }
}

/** Objects are tracks: ONVIF wants an id that lasts, which a detection of its own has not. */
function onvifFrame({ frame, detections, tracks }: Detections): object {
  return {
    '@UtcTime': frame.capturedAt,
    '@Source': MODULE,
    Object: tracks.map(({ id, label, box }) => {
      const score = scoreOf(label, box, detections);
      return {
        '@ObjectId': id,
        Appearance: {
          Shape: onvifShape(box, frame.sourceSize),
          Class: {
            Type: onvifTypes(label).map((type) => ({
              ...(score !== undefined && { '@Likelihood': score }),
              '#text': type,
            })),
          },
        },
      };
    }),
  };
}

/** Pixels, y downwards -> -1 to 1 over the picture, y upwards. Cut at the edge of the picture. */
function onvifShape([x1, y1, x2, y2]: BoxBody, { width, height }: Size): object {
  const x = (pixels: number) => round(2 * part(pixels, width) - 1, DIGITS);
  const y = (pixels: number) => round(1 - 2 * part(pixels, height), DIGITS);
  return {
    BoundingBox: { '@left': x(x1), '@top': y(y1), '@right': x(x2), '@bottom': y(y2) },
    CenterOfGravity: { '@x': x((x1 + x2) / 2), '@y': y((y1 + y2) / 2) },
  };
}

function part(pixels: number, whole: number): number {
  return Math.min(1, Math.max(0, pixels / whole));
}

/** The score of the detection that the track follows; none while its object is hidden. */
function scoreOf(label: string, box: BoxBody, detections: Detections['detections']): number | undefined {
  let score: number | undefined;
  let best = SAME_OBJECT_IOU;
  for (const detection of detections) {
    if (detection.label !== label) continue;
    const overlap = iou(box, detection.box);
    if (overlap < best) continue;
    best = overlap;
    score = detection.score;
  }
  return score;
}
