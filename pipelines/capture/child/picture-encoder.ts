// A picture of the source, whatever its format -> JPEGs of it or of its parts, masked and drawn on.

import { Condition } from '#common/condition.js';
import type { Rect, Size } from '../../frame.js';
import type { Polygon } from '../../masks.js';
import type { PicturePart } from '../requests.js';
import { leadingPackets, readGdp, withCapsFields } from './gdp.js';
import { draw, I420Privacy, i420Planes } from './i420.js';
import { PacketConverter, type RawPicture } from './packet-converter.js';
import { geometryOf } from './source-geometry.js';

/** A picture as I420, masked. */
export interface MaskedPicture extends RawPicture {
  readonly size: Size;
}

/** What is more than this late does not come: the pipeline is made anew for the next picture. */
const LIMIT_MS = 3000;
/** One for the source's own size, and those of viewers. */
const MOST_CONVERTERS = 3;
/**
 * JFIF wants all 256 levels and the matrix of BT.601; video has others. Numbers are GStreamer's: full range, and FCC, which
 * differs from BT.601 in the third digit. Where the matrix stays the same, `videoconvert` leaves the range as it is too.
 */
const JPEG_CAPS = 'video/x-raw,format=I420,colorimetry=(string)1:2:0:1';

/** As GStreamer tells one from the other, where a source says nothing of its colours. */
const MOST_LINES_OF_SD = 576;

export class PictureEncoder {
  readonly #privacy: I420Privacy;
  /** By their elements; the one used last comes last. */
  readonly #converters = new Map<string, PacketConverter>();

  constructor(privacy: readonly Polygon[]) {
    this.#privacy = new I420Privacy(privacy);
  }

  /** @returns nothing where it cannot be converted */
  async masked(picture: RawPicture, size: Size): Promise<MaskedPicture | undefined> {
    const isI420 = geometryOf(picture.header)?.format === 'I420';
    const converted = isI420 ? picture : await this.#toI420(picture);
    const planes = converted && i420Planes(readGdp(converted.packet).payload, size);
    if (converted === undefined || planes === undefined) return undefined;
    this.#privacy.paint(planes, size);
    return { packet: converted.packet, header: withColorimetry(converted.header), size };
  }

  /** @returns nothing where the part lies outside of the picture, or the encoder failed */
  async jpeg(picture: MaskedPicture, part: PicturePart): Promise<Buffer | undefined> {
    const crop = part.rect === undefined ? { x: 0, y: 0, ...picture.size } : within(part.rect, picture.size);
    if (crop.width < 2 || crop.height < 2) return undefined;
    const scaled = scaledTo(part.maxWidth, picture.size);
    const caps = scaled ? `${JPEG_CAPS},width=${scaled.width},height=${scaled.height}` : JPEG_CAPS;
    const scale = scaled ? 'videoscale ! ' : '';
    const elements = `videocrop name=crop ! ${scale}videoconvert ! ${caps} ! jpegenc name=jpeg`;
    return this.#with(elements, async (converter) => {
      Object.assign(converter.element<object>('crop'), {
        left: crop.x,
        top: crop.y,
        right: picture.size.width - crop.x - crop.width,
        bottom: picture.size.height - crop.y - crop.height,
      });
      Object.assign(converter.element<object>('jpeg'), { quality: part.quality });
      return (await converter.convert(drawnOn(picture, part)))?.bytes;
    });
  }

  close(): void {
    for (const converter of this.#converters.values()) converter.close();
    this.#converters.clear();
  }

  #toI420(picture: RawPicture): Promise<RawPicture | undefined> {
    return this.#with('videoconvert ! video/x-raw,format=I420 ! gdppay', async (converter) => {
      let converted = await converter.convert(picture);
      // What says what it is comes before it.
      while (converted !== undefined && readGdp(converted.bytes).kind !== 'buffer')
        converted = await converter.next();
      return converted && { header: leadingPackets(converted.streamheader), packet: converted.bytes };
    });
  }

  /** With the converter of these elements, which is closed where it does not answer in time. */
  async #with<Value>(
    elements: string,
    work: (converter: PacketConverter) => Promise<Value | undefined>,
  ): Promise<Value | undefined> {
    const converter = this.#converters.get(elements) ?? (await PacketConverter.open(elements));
    this.#converters.delete(elements);
    this.#converters.set(elements, converter);
    for (const [oldest, one] of this.#converters)
      if (this.#converters.size > MOST_CONVERTERS) {
        this.#converters.delete(oldest);
        one.close();
      }
    let value: Value | undefined;
    const isDone = new Condition();
    void work(converter)
      .then((made) => {
        value = made;
      })
      .finally(() => isDone.notify());
    await isDone.wait({ timeoutMs: LIMIT_MS });
    if (value === undefined && this.#converters.delete(elements)) converter.close();
    return value;
  }
}

/** Without it `videoconvert` takes the picture for one that has the colours already which are wanted of it. */
function withColorimetry(header: readonly Buffer[]): readonly Buffer[] {
  const { colorimetry, height = 0 } = geometryOf(header) ?? {};
  if (colorimetry !== undefined) return header;
  const usual = `colorimetry=(string)${height > MOST_LINES_OF_SD ? 'bt709' : 'bt601'}`;
  return header.map((packet) => (readGdp(packet).kind === 'caps' ? withCapsFields(packet, usual) : packet));
}

/** On a copy: another part of the same picture may have to stay without. */
function drawnOn(picture: MaskedPicture, { drawings = [] }: PicturePart): RawPicture {
  if (drawings.length === 0) return picture;
  const packet = Buffer.from(picture.packet);
  const planes = i420Planes(readGdp(packet).payload, picture.size);
  if (planes !== undefined) draw(planes, picture.size, drawings);
  return { header: picture.header, packet };
}

/** On the grid of colour, which is coarser by two; as much of it as there is. */
function within({ x, y, width, height }: Rect, size: Size): Rect {
  const [left, top] = [evenDown(Math.max(0, x)), evenDown(Math.max(0, y))];
  return {
    x: left,
    y: top,
    width: Math.min(size.width, x + width) - left,
    height: Math.min(size.height, y + height) - top,
  };
}

function scaledTo(maxWidth: number | undefined, { width, height }: Size): Size | undefined {
  if (maxWidth === undefined || width <= maxWidth) return undefined;
  return { width: evenDown(maxWidth), height: evenDown(Math.max(2, (height * maxWidth) / width)) };
}

function evenDown(value: number): number {
  return 2 * Math.floor(value / 2);
}
