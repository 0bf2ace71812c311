// A picture of the source, whatever its format -> JPEGs of it or of its parts, masked and drawn on.

import { Condition } from '#common/condition.js';
import type { Rect, Size } from '../../frame.js';
import type { Polygon } from '../../masks.js';
import type { Drawing, PicturePart } from '../requests.js';
import { leadingPackets, readGdp, withCapsFields, withPayload } from './gdp.js';
import { cutOut, draw, I420Privacy, i420Planes, onGrid } from './i420.js';
import { JpegColours, jpegFactors } from './jpeg-colours.js';
import { type Converted, PacketConverter, type RawPicture } from './packet-converter.js';
import { geometryOf } from './source-geometry.js';

/** A picture as I420 in the colours of JPEG, masked. */
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
const JPEG_COLORIMETRY = '(string)1:2:0:1';

/** As GStreamer tells one from the other, where a source says nothing of its colours. */
const MOST_LINES_OF_SD = 576;
/** `BGRx`, `ARGB64`, `GBR_10LE`, `RBGA`, `r210`: formats that have no luma. */
const RGB = /RGB|BGR|GBR|RBG|^r210$/;

export class PictureEncoder {
  readonly #privacy: I420Privacy;
  /** From the first picture on. */
  #colours: JpegColours | 'none' | undefined;
  /** By their elements; the one used last comes last. */
  readonly #converters = new Map<string, PacketConverter>();

  constructor(privacy: readonly Polygon[]) {
    this.#privacy = new I420Privacy(privacy);
  }

  /** Its bytes may be changed. @returns nothing where it cannot be converted */
  async masked(picture: RawPicture, size: Size): Promise<MaskedPicture | undefined> {
    const given = withColorimetry(picture);
    const converted = this.#converted(given, size) ?? (await this.#convertedByGStreamer(given));
    const planes = converted && i420Planes(readGdp(converted.packet).payload, size);
    if (converted === undefined || planes === undefined) return undefined;
    this.#privacy.paint(planes, size);
    return { ...converted, size };
  }

  /** @returns nothing where the part lies outside of the picture, or the encoder failed */
  async jpeg(picture: MaskedPicture, part: PicturePart): Promise<Buffer | undefined> {
    const { x, y, ...size } = onGrid(part.rect ?? { x: 0, y: 0, ...picture.size }, picture.size);
    if (size.width < 2 || size.height < 2) return undefined;
    const cut = part.rect === undefined ? picture : partOf(picture, { x, y, ...size });
    const planes = i420Planes(readGdp(cut.packet).payload, size)!;
    const scaled = scaledTo(part.maxWidth, size);
    const scale = scaled ? `videoscale ! video/x-raw,width=${scaled.width},height=${scaled.height} ! ` : '';
    // Of the caps of a JPEG the binding would leave two hundred bytes behind with each.
    return this.#with(`${scale}jpegenc name=jpeg ! gdppay`, async (converter) => {
      Object.assign(converter.element<object>('jpeg'), { quality: part.quality });
      const undraw = draw(planes, size, movedBy(part.drawings ?? [], -x, -y));
      const converted = convertedBuffer(converter, cut);
      // The converter has a copy, and another part may have to stay without.
      undraw();
      const jpeg = await converted;
      return jpeg && readGdp(jpeg.bytes).payload;
    });
  }

  close(): void {
    for (const converter of this.#converters.values()) converter.close();
    this.#converters.clear();
  }

  /** In place, of what most sources have. */
  #converted(picture: RawPicture, size: Size): RawPicture | undefined {
    const { format, colorimetry = '' } = geometryOf(picture.header)!;
    const planes = format === 'I420' ? i420Planes(readGdp(picture.packet).payload, size) : undefined;
    const factors = jpegFactors(colorimetry);
    if (planes === undefined || factors === undefined) return undefined;
    this.#colours ??= JpegColours.open() ?? 'none';
    if (this.#colours === 'none' || !this.#colours.convert(planes, factors)) return undefined;
    return { header: withCaps(picture.header, { colorimetry: JPEG_COLORIMETRY }), packet: picture.packet };
  }

  #convertedByGStreamer(picture: RawPicture): Promise<RawPicture | undefined> {
    const caps = `video/x-raw,format=I420,colorimetry=${JPEG_COLORIMETRY}`;
    return this.#with(`videoconvert ! ${caps} ! gdppay`, async (converter) => {
      const converted = await convertedBuffer(converter, picture);
      return converted && { header: leadingPackets(converted.streamheader), packet: converted.bytes };
    });
  }

  /** With the converter of these elements, which is closed where it does not answer in time. */
  async #with<Value>(
    elements: string,
    work: (converter: PacketConverter) => Promise<Value | undefined>,
  ): Promise<Value | undefined> {
    const converter = this.#converters.get(elements) ?? new PacketConverter(elements);
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

/** @returns the packet of the buffer that a picture becomes; what says what it is comes before it */
async function convertedBuffer(
  converter: PacketConverter,
  picture: RawPicture,
): Promise<Converted | undefined> {
  let converted = await converter.convert(picture);
  while (converted !== undefined && readGdp(converted.bytes).kind !== 'buffer')
    converted = await converter.next();
  return converted;
}

/**
 * Without it `videoconvert` takes the picture for one that has the colours already which are wanted of it. RGB has all its
 * levels whatever it says: NVIDIA's converter makes it of video, and hands on or leaves out the colours of that.
 */
function withColorimetry({ header, packet }: RawPicture): RawPicture {
  const { colorimetry, height = 0, format = '' } = geometryOf(header) ?? {};
  const isRgb = RGB.test(format);
  if (colorimetry !== undefined && !isRgb) return { header, packet };
  const usual = height > MOST_LINES_OF_SD ? 'bt709' : 'bt601';
  return { header: withCaps(header, { colorimetry: `(string)${isRgb ? 'sRGB' : usual}` }), packet };
}

function withCaps(header: readonly Buffer[], fields: Readonly<Record<string, string>>): readonly Buffer[] {
  return header.map((packet) => (readGdp(packet).kind === 'caps' ? withCapsFields(packet, fields) : packet));
}

function partOf({ header, packet, size }: MaskedPicture, part: Rect): MaskedPicture {
  const planes = i420Planes(readGdp(packet).payload, size)!;
  const fields = { width: `(int)${part.width}`, height: `(int)${part.height}` };
  const cut = withPayload(packet, cutOut(planes, part));
  return { header: withCaps(header, fields), packet: cut, size: part };
}

function movedBy(drawings: readonly Drawing[], right: number, down: number): readonly Drawing[] {
  return drawings.map((drawing) => {
    const { x, y, ...size } = drawing.rect;
    return { ...drawing, rect: { x: x + right, y: y + down, ...size } };
  });
}

function scaledTo(maxWidth: number | undefined, { width, height }: Size): Size | undefined {
  if (maxWidth === undefined || width <= maxWidth) return undefined;
  return { width: evenDown(maxWidth), height: evenDown(Math.max(2, (height * maxWidth) / width)) };
}

function evenDown(value: number): number {
  return 2 * Math.floor(value / 2);
}
