// The text of a label -> its tile, black on a grey level, which is drawn once: labels come again, and drawing takes as long
// as a third of the rest of a picture.

import type { Size } from '../../pipelines/frame.js';
import { greyTile } from '../../pipelines/images.js';
import { OVERLAY_FONT } from './detection-overlay.js';
import { escapedText } from './label-place.js';

export interface LabelText {
  readonly text: string;
  readonly fontSize: number;
  /** What it stands on, 0 to 255. */
  readonly level: number;
}

/** In base64; one of 1080p has some 10 KB. */
const MOST_CHARACTERS = 2e6;

export class LabelTiles {
  /** By their SVG and level; the one used last comes last. */
  readonly #tiles = new Map<string, string>();
  #characters = 0;

  /** @returns luma of each pixel in base64 */
  async tileOf({ text, fontSize, level }: LabelText, { width, height }: Size): Promise<string> {
    const svg =
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="${OVERLAY_FONT}" ` +
      `font-size="${fontSize}"><text x="${0.25 * fontSize}" y="${fontSize}">${escapedText(text)}</text></svg>`;
    const key = `${level} ${svg}`;
    const tile = this.#tiles.get(key) ?? (await drawn(svg, level));
    this.#keep(key, tile);
    return tile;
  }

  #keep(key: string, tile: string): void {
    if (!this.#tiles.delete(key)) this.#characters += tile.length;
    this.#tiles.set(key, tile);
    for (const [oldest, { length }] of this.#tiles) {
      if (this.#characters <= MOST_CHARACTERS) break;
      this.#tiles.delete(oldest);
      this.#characters -= length;
    }
  }
}

async function drawn(svg: string, level: number): Promise<string> {
  const { grey } = await greyTile(svg);
  return Buffer.from(Uint8Array.from(grey, (one) => (one * level) / 255)).toString('base64');
}
