// A configuration and a model's labels -> what is said of labels that can never be found.

import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { againstModel } from '../../../agent/config/against-model.js';
import { loadConfig } from '../../../agent/config/load.js';
import { describeProblem } from '../../../agent/config/problem.js';
import { configFile, SMALLEST } from './files.js';

const model = { name: 'street', labels: ['person', 'car', 'traffic light'] };
const SQUARE = 'points: [[0, 0], [1, 0], [1, 1]]';
const KNOWN = 'one of the labels of street (person, car, traffic light)';

test.each<[string, camera: string, root: string, lines: string[]]>([
  ['nothing asked for', '', '', []],
  ['known ones', 'labels: [person, traffic light]', '', []],
  [
    'another case',
    'labels: [Person]',
    '',
    [`expected ${KNOWN} for cameras.door.labels, received Person, did you mean person?`],
  ],
  [
    'two',
    'labels: [persn, dinosaur]',
    '',
    [
      `expected ${KNOWN} for cameras.door.labels, received persn, did you mean person?`,
      `expected ${KNOWN} for cameras.door.labels, received dinosaur`,
    ],
  ],
  [
    'of a zone',
    `zones: { yard: { ${SQUARE}, labels: [cra] } }`,
    '',
    [`expected ${KNOWN} for cameras.door.zones.yard.labels, received cra, did you mean car?`],
  ],
  [
    'of an object mask',
    `masks: { objects: [{ ${SQUARE}, labels: [car] }, { ${SQUARE}, labels: [cra] }] }`,
    '',
    [`expected ${KNOWN} for cameras.door.masks.objects.1.labels, received cra, did you mean car?`],
  ],
  [
    'a zone asks for what the camera leaves out',
    `labels: [person], zones: { yard: { ${SQUARE}, labels: [car, person] } }`,
    '',
    [
      'expected one of the labels that the camera reports (person) for cameras.door.zones.yard.labels, received car',
    ],
  ],
  [
    'a line too',
    `labels: [person], lines: { gate: { points: [[0, 0], [1, 1]], labels: [car] } }`,
    '',
    [
      'expected one of the labels that the camera reports (person) for cameras.door.lines.gate.labels, received car',
    ],
  ],
  [
    'of clips, of all cameras and of one',
    'labels: [person, car], clips: { labels: [person, cra] }',
    'clips: { labels: [persn] }\n',
    [
      `expected ${KNOWN} for cameras.door.clips.labels, received cra, did you mean car?`,
      `expected ${KNOWN} for clips.labels, received persn, did you mean person?`,
    ],
  ],
  [
    'clips of what the camera leaves out',
    'labels: [person], clips: { labels: [car] }',
    '',
    [
      'expected one of the labels that the camera reports (person) for cameras.door.clips.labels, received car',
    ],
  ],
  [
    'groups',
    '',
    'inference: { oneLabelOf: [[car, van]] }\n',
    [`expected ${KNOWN} for inference.oneLabelOf.0, received van, did you mean car?`],
  ],
  ['the usual group', '', 'inference: { oneLabelOf: [[car, van, bus, truck]] }\n', []],
])('%s', async (_what, camera, root, lines) => {
  const file = configFile(SMALLEST.replace('door: {', `door: { ${camera}${camera && ', '}`) + root);
  const problems = againstModel(await loadConfig(file), model);
  const said = problems.map((problem) => describeProblem(file, problem).replace(`${dirname(file)}/`, ''));
  expect(said).toEqual(lines.map((line) => `c.yaml: ${line}`));
});

test('of many labels twenty are listed', async () => {
  const labels = Array.from({ length: 80 }, (_, i) => `class${i}`);
  const file = configFile(SMALLEST.replace('door: {', 'door: { labels: [x], '));
  const [problem] = againstModel(await loadConfig(file), { name: 'coco', labels });
  expect(problem?.expected).toMatch(/\(class0, .*class19 and 60 more\)$/);
});
