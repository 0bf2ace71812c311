// What a scaled picture says of itself, around a change of the source's size -> where it lies, and of what size its source is.

import { expect, test } from 'vitest';
import { FramePlaces } from '../../../pipelines/capture/child/frame-places.js';

const square = { numerator: 1, denominator: 1 };
const source = (width: number, height: number, pixel = square) => ({ width, height, pixel });
const inputSize = { width: 416, height: 416 };
/** As GStreamer scales a source of such a shape into a size: the shape of pixels makes up for what is lost. */
const scaled = (width: number, height: number, of: { width: number; height: number }) => ({
  ...{ width, height },
  pixel: { numerator: of.width * height, denominator: of.height * width },
});

const wide = source(640, 360);
const tall = source(300, 360);

test('borders until the size is known, then the content alone', () => {
  const places = new FramePlaces(inputSize, wide);
  expect(places.of({ ...inputSize, pixel: square })).toMatchObject({
    told: { sourceSize: { width: 640, height: 360 } },
    centred: { x: 0, y: 91, width: 416, height: 234 },
  });
  expect(places.of(scaled(416, 234, wide))?.told.content).toEqual({ x: 0, y: 91, width: 416, height: 234 });
});

test('the first picture of another shape is of a source that is not known', () => {
  const places = new FramePlaces(inputSize, wide);
  expect(places.of(scaled(416, 234, tall))).toBeUndefined();
  places.set(tall);
  expect(places.of(scaled(416, 234, tall))?.told).toEqual({
    sourceSize: { width: 300, height: 360 },
    content: { x: 0, y: 91, width: 416, height: 234 },
  });
});

test('pictures under way are of the old source, those that follow of the new one', () => {
  const places = new FramePlaces(inputSize, wide);
  places.set(tall);
  expect(places.of(scaled(416, 234, wide))?.told.sourceSize).toEqual({ width: 640, height: 360 });
  expect(places.of(scaled(346, 416, tall))?.told).toEqual({
    sourceSize: { width: 300, height: 360 },
    content: { x: 35, y: 0, width: 346, height: 416 },
  });
});

test.each([
  ['pixels that are not square', source(720, 576, { numerator: 16, denominator: 15 }), 416, 312],
  ['a picture lying', source(1920, 1080), 416, 234],
  ['a picture upright', source(1080, 1920), 234, 416],
  ['as the input', source(500, 500), 416, 416],
])('%s', (_, geometry, width, height) => {
  const { numerator, denominator } = geometry.pixel;
  const shown = { width: geometry.width * numerator, height: geometry.height * denominator };
  const places = new FramePlaces(inputSize, geometry);
  expect(places.of(scaled(width, height, shown))?.told.content).toMatchObject({ width, height });
});

test('a model whose pictures are stretched', () => {
  const places = new FramePlaces({ ...inputSize, resize: { kind: 'stretch' } }, wide);
  expect(places.of(scaled(416, 416, wide))?.told.content).toEqual({ x: 0, y: 0, width: 416, height: 416 });
  expect(places.of(scaled(416, 416, tall))).toBeUndefined();
});

const picture = (mark: number) => ({ ...scaled(416, 234, wide), mark });
const [small, large, larger] = [source(320, 180), source(640, 360), source(1280, 720)];

test('by its mark a picture is of one size among several of one shape', () => {
  const places = new FramePlaces(inputSize, { ...large, mark: 0 }, { mark: 1, ptsMs: 0 });
  const sizeOf = (mark: number) => places.of(picture(mark), 0)?.told.sourceSize.width;
  expect([0, 1, 2].map(sizeOf)).toEqual([640, 640, undefined]);
  places.set({ ...small, mark: 2 }, { mark: 3, ptsMs: 0 });
  places.set({ ...larger, mark: 4 }, { mark: 5, ptsMs: 0 });
  expect([0, 1, 2, 3, 4, 5, 6].map(sizeOf)).toEqual([640, 640, 320, 320, 1280, 1280, undefined]);
});

test('a mark of any size is of what was looked at until then', () => {
  const places = new FramePlaces(inputSize, { ...large, mark: 0 }, { mark: 1, ptsMs: 40 });
  const sizeAt = (ptsMs: number) => places.of(picture(0), ptsMs)?.told.sourceSize.width;
  expect([0, 40, 80].map(sizeAt)).toEqual([640, 640, undefined]);
  places.confirm(80);
  expect([80, 120].map(sizeAt)).toEqual([640, undefined]);
  places.set({ ...small, mark: 0 }, { mark: 3, ptsMs: 160 });
  expect([80, 160, 200].map(sizeAt)).toEqual([640, 320, undefined]);
});

test.each([
  ['between two looks at one size', 40],
  ['without a time', undefined],
])('a picture of another shape %s is of a size that is not known', (_, ptsMs) => {
  const places = new FramePlaces(inputSize, { ...wide, mark: 0 }, { mark: 1, ptsMs: 0 });
  places.confirm(80);
  expect(places.of({ ...scaled(416, 234, wide), mark: 0 }, ptsMs)?.told.sourceSize.width).toBe(640);
  expect(places.of({ ...scaled(416, 234, tall), mark: 0 }, ptsMs)).toBeUndefined();
});

test('a picture of a new size that still comes at the place of the one before the last', () => {
  const places = new FramePlaces(inputSize, wide);
  places.set(tall);
  places.set({ ...source(500, 500), mark: 4 }, { mark: 5 });
  expect(places.of({ ...scaled(416, 234, source(500, 500)), mark: 5 })?.told).toEqual({
    sourceSize: { width: 500, height: 500 },
    content: { x: 0, y: 91, width: 416, height: 234 },
  });
});
