// Models that are there + machine + requirements -> which one runs, and what is said about it.

import { beforeAll, expect, test } from 'vitest';
import { chooseModel } from '../../../agent/device/choose-model.js';
import { choosePresent, type PresentModel } from '../../../agent/device/choose-present.js';
import { limitsOf } from '../../../agent/device/limits.js';
import { readProfiles } from '../../../agent/device/profiles.js';
import type { ChosenMachine } from '../../../agent/device/this-machine.js';
import { workOf } from '../../../models/cost/work.js';
import { findNetwork } from '../../../models/networks/catalogue.js';
import { buildNetwork } from '../../../models/networks/network-spec.js';

let profiles: Awaited<ReturnType<typeof readProfiles>>;
beforeAll(async () => {
  profiles = await readProfiles();
});

/** @param fp32Gops measured, of one thread and more; int8 does three times as much */
function machine(fp32Gops: number): ChosenMachine {
  const profile = profiles.find(({ name }) => name === 'generic-x86-64')!;
  const int8Gops = 3 * fp32Gops;
  // A thin network that takes no time: nothing is lost beside operations.
  const thinMs = { fp32: 1e-6, int8: 1e-6 };
  const threads = [
    { threads: 1, fp32Gops, int8Gops, bandwidthGBs: 1000, depthwise: { fp32Gops, int8Gops }, thinMs },
  ];
  return {
    limits: limitsOf(profile),
    because: 'a test',
    measured: { version: 2, measuredAt: '2026-01-02', machine: 'test', int8Form: 'bounded-pairs', threads },
  };
}

function model(name: string, size: number, precision: 'fp32' | 'int8' = 'fp32'): PresentModel {
  const graph = buildNetwork(findNetwork(name.replace(/-int8$/, '')), { size });
  return { name, precision, size, works: workOf(graph, precision) };
}

const efm = model('csppeleenet-efm-sam', 416);
const efmInt8 = model('csppeleenet-efm-sam-int8', 416, 'int8');
const small = model('cspdensenetb-ref-prn', 320);
const own: PresentModel = { ...small, name: 'forklifts' };

const FAST = 100_000;
const requirements = { fps: 10, cameras: 1 };

test.each<[string, number, readonly PresentModel[], PresentModel]>([
  ['the best AP50 where all keep up', FAST, [small, efm], efm],
  ['fp32 rather than int8 where both keep up', FAST, [efmInt8, efm], efm],
  // 10 frames of 5.06 billion operations: without any loss 50.6.
  ['int8 where fp32 does not keep up', 45, [efm, efmInt8, small], efmInt8],
  ['a smaller network where neither does', 16, [efm, efmInt8, small], small],
  ['the fastest where nothing keeps up', 0.1, [efm, efmInt8, small], small],
  [
    'a larger input, with the AP50 that lies between published ones',
    FAST,
    [efm, model('csppeleenet-efm-sam', 448)],
    model('csppeleenet-efm-sam', 448),
  ],
  ['nobody knows how good another network is', FAST, [own, efm, small], efm],
  ['such a network where there is nothing else', FAST, [own], own],
])('%s', (_, gops, models, expected) => {
  const { model: chosen } = choosePresent(machine(gops), models, { requirements });
  expect([chosen.name, chosen.precision, chosen.size]).toEqual([
    expected.name,
    expected.precision,
    expected.size,
  ]);
});

test('says why, and what would be better if there were weights of it', () => {
  const { reasons, notices } = choosePresent(machine(FAST), [efm, small], { requirements });
  expect(reasons[0]).toMatch(
    /^csppeleenet-efm-sam at 416 in fp32: the best published AP50, 49\.0, of the 2 that keep up with 10 frames\/s/,
  );
  expect(notices).toEqual([
    expect.stringMatching(/^\S+ at \d+ in fp32 would keep up and has .* no weights of it are here/),
  ]);
});

test('a network that is here in another size is not called missing', () => {
  const { model: best, size } = chooseModel(machine(45), { requirements }).chosen!;
  const { model: chosen, notices } = choosePresent(machine(45), [model(best, 2 * size), small], {
    requirements,
  });
  expect([chosen.name, notices]).toEqual([small.name, []]);
});

const measured = (of: PresentModel, all: number, data = 'street'): PresentModel => ({
  ...of,
  measured: { person: all, vehicles: null, all, data },
});

test.each<[string, readonly PresentModel[], PresentModel, string]>([
  [
    'what was measured on the same pictures, whatever was published',
    [measured(efm, 40), measured(small, 41)],
    small,
    'measured AP50, 41.0,',
  ],
  ['of one alone too', [measured(own, 40)], own, 'measured AP50, 40.0,'],
  [
    'what was published, where one was not measured',
    [measured(efm, 40), measured(own, 60), small],
    efm,
    'published AP50, 49.0,',
  ],
  [
    'what was published, where the pictures differ',
    [measured(efm, 40), measured(small, 60, 'yard')],
    efm,
    'published AP50, 49.0,',
  ],
])('decides %s', (_, models, expected, figure) => {
  const { model: chosen, reasons } = choosePresent(machine(FAST), models, { requirements });
  expect(chosen.name).toBe(expected.name);
  expect(reasons[0]).toContain(`: the best ${figure} of the`);
});

test('a better published network is named by what was published of the one that runs', () => {
  const { notices } = choosePresent(machine(FAST), [measured(efm, 99)], { requirements });
  expect(notices).toEqual([expect.stringContaining('would keep up and has a published AP50 of')]);
});

test('says nothing more where the best of all is there', () => {
  const best = chooseModel(machine(FAST), { requirements }).chosen!;
  const all = [efm, model(best.model, best.size)];
  expect(choosePresent(machine(FAST), all, { requirements })).toMatchObject({ model: all[1], notices: [] });
});

test('says how far the fastest gets where nothing keeps up', () => {
  const { reasons, notices } = choosePresent(machine(0.1), [efm, small], { requirements });
  expect(reasons.join(' ')).toMatch(/No network keeps up with 10 frames\/s/);
  expect(notices[0]).toMatch(
    /^cspdensenetb-ref-prn at 320 in fp32 is the fastest that is here; it looks at 0\.\d frames\/s of all cameras\.$/,
  );
});

test('more cameras never choose a slower network', () => {
  const all = [efm, efmInt8, small, model('cspresnext50-panet-spp', 320)];
  const chosen = [1, 2, 4, 8, 16, 64].map(
    (cameras) => choosePresent(machine(200), all, { requirements: { fps: 10, cameras } }).model,
  );
  const order = [all[3], efm, efmInt8, small];
  const places = chosen.map((one) => order.indexOf(one));
  expect(places).toEqual(places.toSorted());
  expect(new Set(places).size).toBeGreaterThan(2);
});
