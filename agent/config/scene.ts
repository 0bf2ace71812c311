// What a configuration file may say of zones, lines and masks.

import { z } from 'zod';
import { anchors } from '../analytics/scene/filter.js';
import { isSimple } from '../analytics/scene/polygons.js';
import { hasKeys, isFine, labels, part, seconds } from './values.js';

const point = z.tuple([part, part]);
/** Each edge is compared with each other, and each object with each edge. */
const MOST_POINTS = 256;

/** What zones and lines have in common. */
const objects = {
  labels: labels.meta({ description: 'Only objects of these labels; default all', examples: [['person']] }),
  minScore: part.default(0).describe('Only objects whose best score so far has reached this'),
  minArea: part.default(0).describe('Only objects whose box is at least this part of the picture'),
  maxArea: part.default(1).describe('Only objects whose box is at most this part of the picture'),
  anchor: z
    .enum(anchors)
    .default('bottom')
    .describe('Where an object is: the middle of the bottom or top edge of its box, or its centre'),
};
const areasInOrder = {
  error: 'a number of at least minArea',
  path: ['maxArea'],
  when: hasKeys,
};

const polygon = z.array(point).min(3).max(MOST_POINTS).refine(isSimple, {
  error: 'a polygon whose edges neither cross nor touch, each point once',
  when: isFine,
});
const examplePolygon = [
  [0.1, 0.6],
  [0.9, 0.6],
  [1, 1],
  [0, 1],
];
const points = polygon.meta({
  description: 'Polygon of x, y from the top left corner (0, 0) to the bottom right (1, 1) of the picture',
  examples: [examplePolygon],
});

export const zone = z
  .strictObject({
    points,
    ...objects,
    inertiaSeconds: seconds
      .default(0.5)
      .describe('An object must be seen inside so long to enter, and outside so long to leave'),
    loiteringSeconds: seconds
      .optional()
      .meta({ description: 'Say once of a visit that it has lasted so long; default never', examples: [30] }),
  })
  .refine((of) => !(of.maxArea < of.minArea), areasInOrder);

export const line = z
  .strictObject({
    points: z
      .array(point)
      .min(2)
      .max(MOST_POINTS)
      .refine((points) => points.slice(1).every((to, i) => String(to) !== String(points[i])), {
        error: 'points each of which differs from the one before',
        when: isFine,
      })
      .meta({
        description:
          'Two or more points as of zones; what crosses to the right, looking from the first to the last, goes in, else out',
        examples: [
          [
            [0.2, 0.7],
            [0.8, 0.7],
          ],
        ],
      }),
    ...objects,
    hysteresis: z
      .number()
      .min(0)
      .max(10)
      .default(0.25)
      .describe('An object has crossed once it is so far from the line, in parts of its own size'),
  })
  .refine((of) => !(of.maxArea < of.minArea), areasInOrder);

/** Of one kind and camera; each is held against each object, and drawn into rows once. */
const MOST_MASKS = 32;

const polygons = z.array(polygon).max(MOST_MASKS).default([]);
const exampleMasks = [[examplePolygon]];

export const masks = z.strictObject({
  privacy: polygons.meta({
    description:
      'Polygons as of zones that are painted black before a picture leaves the process that reads the camera; nothing there is ever seen, kept or sent',
    examples: exampleMasks,
  }),
  motion: polygons.meta({
    description:
      'Polygons in which nothing that moves counts as motion: trees, flags, a clock in the picture',
    examples: exampleMasks,
  }),
  objects: z
    .array(
      z.strictObject({
        points,
        labels: labels.meta({
          description: 'Only objects of these labels; default all',
          examples: [['car']],
        }),
      }),
    )
    .max(MOST_MASKS)
    .default([])
    .meta({
      description:
        'Polygons in which objects are passed over: those the middle of whose bottom edge is inside',
      examples: [[{ points: examplePolygon, labels: ['car'] }]],
    }),
});
