// Rows of the catalogue -> the figures of the paper's tables.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CATALOGUE, findNetwork } from '../../../../models/networks/catalogue.js';
import { figuresDocument, figuresOf } from '../../../../models/networks/figures.js';

const MOST_PERCENT = 0.5;

// Written out again, so that a row cannot move along with a wrong network: name, size, million parameters, BFLOPs.
const tables: readonly (readonly [string, number, number | undefined, number])[] = [
  // Tables 1 and 3; the "b" forms, swish of PeleeNet and the 50-layer networks from the authors' repository.
  ['peleenet', 224, 2.79, 1.017],
  ['peleenet-swish', 224, 2.79, 1.017],
  ['sepeleenet-swish', 224, 2.81, 1.017],
  ['speleenet', 224, 2.39, 0.904],
  ['peleenext', 224, undefined, 0.837],
  ['csppeleenet-fusion-first-gamma-75', 224, undefined, 0.649],
  ['csppeleenet-fusion-first-gamma-50', 224, undefined, 0.755],
  ['csppeleenet-fusion-first-gamma-25', 224, undefined, 0.861],
  ['csppeleenet-fusion-last-gamma-75', 224, undefined, 0.716],
  ['csppeleenet-fusion-last-gamma-50', 224, undefined, 0.804],
  ['csppeleenet-fusion-last-gamma-25', 224, undefined, 0.902],
  ['csppeleenet-gamma-75', 224, undefined, 0.8],
  ['csppeleenet', 224, 2.83, 0.888],
  ['csppeleenet-gamma-25', 224, undefined, 0.986],
  ['csppeleenet-swish', 224, 2.83, 0.888],
  ['secsppeleenet-swish', 224, 2.85, 0.888],
  ['darknet-ref', 256, 7.31, 0.96],
  ['cspdensenet-ref', 224, 3.48, 0.886],
  ['csppeleenet-ref', 224, 4.1, 1.103],
  ['cspdensenetb-ref', 224, 1.38, 0.631],
  ['csppeleenetb-ref', 224, 2.01, 0.897],
  ['resnet-10', 256, 5.24, 2.273],
  ['cspresnet-10', 256, 2.73, 1.905],
  ['resnet-50', 256, 22.73, 9.74],
  ['cspresnet-50', 256, 21.57, 8.97],
  ['resnext-50', 256, 22.19, 10.11],
  ['cspresnext-50', 256, 20.5, 7.93],
  ['cspdarknet-53', 256, 27.61, 13.07],
  ['densenet-201-elastic', 224, 19.48, 8.77],
  ['cspdensenet-201-elastic', 224, 20.17, 7.13],
  // Tables 2 and 4.
  ['csppeleenet-prn', 416, undefined, 3.59],
  ['csppeleenet-prn-swish', 416, undefined, 3.59],
  ['csppeleenet-prn-3l', 416, undefined, 4.586],
  ['csppeleenet-cem', 416, undefined, 4.049],
  ['csppeleenet-cem-sam', 416, undefined, 4.165],
  ['csppeleenet-gfm', 416, undefined, 4.605],
  ['csppeleenet-efm', 416, undefined, 4.868],
  ['csppeleenet-efm-sam', 416, 4.31, 5.068],
  ['csppeleenet-efm-sam', 512, 4.31, 7.68],
  ['csppeleenet-efm-spp', 416, undefined, 4.863],
  ['peleenet-prn', 416, 3.16, 4.04],
  ['csppeleenet-ref-efm-sam', 320, 5.67, 3.43],
  ['csppeleenet-ref-prn', 320, 4.59, 2.56],
  ['csppeleenet-ref-prn-3l', 320, 4.79, 3.15],
  ['cspdensenet-ref-efm-sam', 320, 5.05, 2.89],
  ['cspdensenet-ref-prn', 320, 3.97, 2.01],
  ['cspdensenetb-ref-prn', 320, 1.87, 1.59],
  ['cspresnext50-panet-spp', 608, 56.9, 100.6],
  ['cspresnext50-panet-spp', 512, 56.9, 71.3],
  ['cspresnext50-panet-spp', 416, 56.9, 47.1],
  ['cspresnext50-panet-spp', 320, 56.9, 27.9],
  ['yolov3-tiny', 416, 8.86, 5.57],
  ['yolov3-tiny-prn', 416, 4.96, 3.47],
  // YOLOv4's and YOLOv4-tiny's, by their own repository.
  ['cspdarknet53-panet-spp', 608, undefined, 128.5],
  ['cspdarknet53-panet-spp', 512, undefined, 91.1],
  ['cspdarknet53-panet-spp', 416, undefined, 60.1],
  ['cspdarknet53-panet-spp', 320, undefined, 35.5],
  ['yolov4-tiny', 416, undefined, 6.9],
];

test.each(tables)('%s at %d: %s M, %d BFLOPs', (name, size, millions, bflops) => {
  const figures = figuresOf(findNetwork(name)).find((one) => one.size === size)!;
  expect(Math.abs(figures.bflops / bflops - 1) * 100).toBeLessThan(MOST_PERCENT);
  if (millions !== undefined)
    expect(Math.abs(figures.parameters / 1e6 / millions - 1) * 100).toBeLessThan(MOST_PERCENT);
  expect(figures.published.parameters).toBe(millions);
  expect(figures.published.bflops).toBe(bflops);
});

test('rows without published figures are these', () => {
  const held = new Set(tables.map(([name]) => name));
  expect(CATALOGUE.map(({ name }) => name).filter((name) => !held.has(name))).toEqual([
    'peleenet-yolo',
    'cspdensenet-ref-prn-3l',
    'cspresnet50-panet-spp',
  ]);
});

test('names are unique, in kebab case', () => {
  const names = CATALOGUE.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
});

test('what nobody drew or published is called inferred', () => {
  const known = CATALOGUE.filter(({ inferred }) => inferred === undefined).map(({ name }) => name);
  expect(known).toEqual([
    // Published networks, and what figure 7 or a table's two figures leave no choice about.
    'peleenet',
    'peleenet-swish',
    'speleenet',
    'csppeleenet-gamma-75',
    'csppeleenet',
    'csppeleenet-gamma-25',
    'csppeleenet-swish',
    'darknet-ref',
    'resnet-10',
    'resnet-50',
    'cspresnet-50',
    'resnext-50',
    'cspresnext-50',
    'cspdarknet-53',
    'densenet-201-elastic',
    'csppeleenet-prn',
    'csppeleenet-prn-swish',
    'peleenet-prn',
    'cspresnext50-panet-spp',
    'cspresnet50-panet-spp',
    'cspdarknet53-panet-spp',
    'yolov3-tiny',
    'yolov3-tiny-prn',
    'yolov4-tiny',
  ]);
});

test('an unknown name is answered with names that exist', () => {
  expect(() => findNetwork('yolov3-large')).toThrow(
    'expected one of yolov3-tiny, yolov3-tiny-prn for the network’s name, received yolov3-large',
  );
});

describe('FIGURES.md', () => {
  test('is what the command prints', () => {
    const file = new URL('../../../../models/networks/FIGURES.md', import.meta.url);
    expect(readFileSync(file, 'utf8'), 'renew with `cspcam models list --markdown`').toBe(figuresDocument());
  });
});
