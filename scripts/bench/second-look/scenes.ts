// Labelled pictures -> scenes of 1920 x 1080 in which their people are small, with the boxes that are known of them.
// Whole pictures are scaled down with all that surrounds people in them, and laid side by side; the same for the same seed.

import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import sharp from 'sharp';
import type { Annotated } from '../../../agent/inference/evaluation.js';
import type { Box } from '../../../models/detection.js';
import { seededRandom } from '../../../models/networks/random.js';

export const SCENE = { width: 1920, height: 1080 };
/** Of the people that are to be found, pixels. */
export const HEIGHTS = { least: 20, most: 60 };

/** A labelled picture, and the boxes of its people in its own pixels. */
export interface Labelled {
  readonly file: string;
  readonly people: readonly Box[];
}

export interface Scene {
  readonly file: string;
  readonly people: readonly Box[];
}

interface Tile {
  readonly from: Labelled;
  readonly scale: number;
  readonly width: number;
  readonly height: number;
}

/** What lies between pictures. */
const BACKGROUND = { r: 114, g: 114, b: 114 };
/** Pictures without people are scaled as if a person of such a part of their height were in them. */
const ABSENT_PERSON = 0.5;

export function labelledPeople({ coco, pictures }: Annotated): Labelled[] {
  const person = coco.categories.find(({ name }) => name === 'person')?.id;
  return pictures.map(({ id, file }) => ({
    file,
    people: coco.annotations
      .filter(({ image_id, category_id }) => image_id === id && category_id === person)
      .map(({ bbox: [x, y, width, height] }) => [x, y, x + width, y + height] as const),
  }));
}

/**
 * @param sizes how often each picture comes, each time smaller or larger
 * @returns in the order of their files' names
 */
export async function composeScenes(
  labelled: readonly Labelled[],
  { folder, sizes, seed }: { readonly folder: string; readonly sizes: number; readonly seed: number },
): Promise<Scene[]> {
  await mkdir(folder, { recursive: true });
  const random = seededRandom(seed);
  const tiles: Tile[] = [];
  for (const from of labelled)
    for (let size = 0; size < sizes; size++)
      tiles.push(await tileOf(from, wantedHeight((size + random()) / sizes)));
  shuffle(tiles, random);
  const scenes: Scene[] = [];
  while (tiles.length > 0) {
    const file = join(folder, `scene-${String(scenes.length).padStart(2, '0')}.png`);
    scenes.push(await draw(file, placed(tiles)));
  }
  await writeFile(join(folder, 'annotations.json'), JSON.stringify(annotations(scenes)));
  return scenes;
}

/** Evenly over the logarithm, as a street has more people far away than near. */
function wantedHeight(part: number): number {
  return HEIGHTS.least * (HEIGHTS.most / HEIGHTS.least) ** part;
}

/** Pictures are never enlarged. */
async function tileOf(from: Labelled, wanted: number): Promise<Tile> {
  const { width, height } = await sharp(from.file).metadata();
  const heights = from.people.map((box) => box[3] - box[1]).toSorted((a, b) => a - b);
  const middle = heights[heights.length >> 1] ?? ABSENT_PERSON * height;
  const scale = Math.min(1, wanted / middle, SCENE.height / height);
  return { from, scale, width: Math.round(width * scale), height: Math.round(height * scale) };
}

interface PlacedTile extends Tile {
  readonly x: number;
  readonly y: number;
}

/** Rows from top to bottom, filled from left to right with whatever comes and still fits. @param tiles loses those placed */
function placed(tiles: Tile[]): PlacedTile[] {
  const found: PlacedTile[] = [];
  for (let y = 0; ; ) {
    let x = 0;
    let rowHeight = 0;
    for (let at = 0; at < tiles.length; ) {
      const tile = tiles[at]!;
      const tallest = rowHeight === 0 ? SCENE.height - y : rowHeight;
      if (x + tile.width > SCENE.width || tile.height > tallest || tile.width < 16 || tile.height < 16) at++;
      else {
        found.push({ ...tile, x, y });
        x += tile.width;
        rowHeight = Math.max(rowHeight, tile.height);
        tiles.splice(at, 1);
      }
    }
    if (rowHeight === 0) return found.length > 0 ? found : dropAll(tiles);
    y += rowHeight;
  }
}

/** Nothing of what is left can be placed anywhere. */
function dropAll(tiles: Tile[]): PlacedTile[] {
  tiles.length = 0;
  return [];
}

async function draw(file: string, tiles: readonly PlacedTile[]): Promise<Scene> {
  const drawn = await Promise.all(
    tiles.map(async ({ from, width, height, x, y }) => ({
      input: await sharp(from.file)
        .resize(width, height, { fit: 'fill' })
        .toColourspace('srgb')
        .removeAlpha()
        .png()
        .toBuffer(),
      left: x,
      top: y,
    })),
  );
  await sharp({ create: { ...SCENE, channels: 3, background: BACKGROUND } })
    .composite(drawn)
    .png()
    .toFile(file);
  const people = tiles.flatMap(({ from, scale, x, y }) =>
    from.people.map(
      ([x1, y1, x2, y2]) => [x + x1 * scale, y + y1 * scale, x + x2 * scale, y + y2 * scale] as const,
    ),
  );
  return { file, people };
}

/** In COCO's form, for `cspcam models eval` and for other programs. */
function annotations(scenes: readonly Scene[]) {
  const boxes = scenes.flatMap(({ people }, scene) => people.map((box) => ({ scene, box })));
  return {
    images: scenes.map(({ file }, id) => ({ id, file_name: basename(file), ...SCENE })),
    categories: [{ id: 1, name: 'person' }],
    annotations: boxes.map(({ scene, box: [x1, y1, x2, y2] }, id) => ({
      ...{ id, image_id: scene, category_id: 1, iscrowd: 0 },
      ...{ bbox: [x1, y1, x2 - x1, y2 - y1], area: (x2 - x1) * (y2 - y1) },
    })),
  };
}

function shuffle<Value>(values: Value[], random: () => number): void {
  for (let i = values.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [values[i], values[j]] = [values[j]!, values[i]!];
  }
}
