// Machines + requirements -> the network that is chosen, or the limit that binds and what would fit.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { chooseModel } from '../../../agent/device/choose-model.js';
import { targetOf } from '../../../agent/device/execution-target.js';
import { type Limits, limitsOf, powerModeOf, threadsOf } from '../../../agent/device/limits.js';
import type { Measured } from '../../../agent/device/measured.js';
import { plan } from '../../../agent/device/plan.js';
import type { Requirements } from '../../../agent/device/plan-row.js';
import { readProfiles } from '../../../agent/device/profiles.js';
import { paretoFront, plotPlan } from '../../../models/cost/plot.js';
import { predict } from '../../../models/cost/roofline.js';
import { THIN_NETWORK } from '../../../models/cost/slowness.js';
import { findNetwork } from '../../../models/networks/catalogue.js';
import { buildNetwork } from '../../../models/networks/network-spec.js';

const profiles = await readProfiles();
const named = (name: string) => profiles.find((profile) => profile.name === name)!;
const limits = (name: string, mode?: string) =>
  limitsOf(named(name), mode === undefined ? undefined : powerModeOf(named(name), mode));
const choose = (of: Limits, requirements?: Partial<Requirements>) =>
  chooseModel(
    { limits: of, because: '' },
    requirements && { requirements: { fps: 15, cameras: 1, ...requirements } },
  );

test.each(profiles.map((profile) => [profile.name, profile] as const))(
  'the default network of %s is what the plan chooses for 15 frames/s of a camera, or else the fastest',
  (_, profile) => {
    const { chosen, rows } = choose(limitsOf(profile));
    const fastest = rows.filter(({ ap50 }) => ap50 !== null).toSorted((a, b) => b.fps - a.fps)[0]!;
    const { model, size } = chosen ?? fastest;
    expect({ model, size }).toEqual(profile.default);
  },
);

test('the choice has the best published AP50 of all that keep up and fit', () => {
  for (const fps of [1, 5, 15, 40, 100]) {
    const { rows, chosen } = choose(limits('jetson-tx2'), { fps });
    const keepUp = rows.filter((row) => row.ap50 !== null && row.fps >= fps);
    expect(chosen?.ap50).toBe(keepUp.length === 0 ? undefined : Math.max(...keepUp.map(({ ap50 }) => ap50!)));
  }
});

test('more cameras, a lower power mode or fewer threads never choose a better network', () => {
  const ap50 = (of: Limits, requirements: Partial<Requirements>) =>
    choose(of, requirements).chosen?.ap50 ?? 0;
  const tx2 = limits('jetson-tx2', 'MAXN');
  const byCameras = [1, 2, 4, 8].map((cameras) => ap50(tx2, { cameras }));
  expect(byCameras).toEqual(byCameras.toSorted((a, b) => b - a));
  expect(new Set(byCameras).size).toBeGreaterThan(1);
  expect(ap50(limits('jetson-tx2', 'MAXQ'), {})).toBeLessThan(ap50(tx2, {}));
  const pi = { limits: limits('raspberry-pi-5'), because: '' };
  expect(chooseModel(pi, { threads: 1 }).chosen!.ap50!).toBeLessThan(chooseModel(pi).chosen!.ap50!);
});

test('devices of the paper’s kind get different answers', () => {
  const answer = (of: Limits) => {
    const { chosen } = choose(of, { cameras: 3 });
    return `${chosen?.model} ${chosen?.size} ${chosen?.precision} ${chosen?.fps.toFixed(1)}`;
  };
  const answers = [
    limits('jetson-tx2', 'MAXN'),
    limits('jetson-tx2', 'MAXQ'),
    limits('jetson-nano'),
    limits('raspberry-pi-5'),
    limits('core-i9-9900k'),
    limits('intel-n100'),
  ].map(answer);
  expect(new Set(answers).size).toBe(answers.length);
});

test('a requirement that computing cannot meet says so, and what would fit', () => {
  const { chosen, reasons } = choose(limits('jetson-nano'), { fps: 30, minAp50: 50 });
  expect(chosen).toBeUndefined();
  expect(reasons).toEqual([
    expect.stringMatching(
      /^No network keeps up with 30 frames\/s at AP50 50 or more; the nearest, csppeleenet-efm-sam at 512 in fp16 \(AP50 50\.4\), reaches 22\.\d of 30 frames\/s: compute binds, bandwidth would allow \d+\.$/,
    ),
    expect.stringMatching(
      /^What would fit: csppeleenet-efm-sam at 512 in fp16, AP50 50\.4, at 22\.\d frames\/s of the camera\.$/,
    ),
    'At 30 frames/s the best is csppeleenet-efm-sam at 416 in fp16 with AP50 49.0.',
  ]);
});

test.each<[limit: string, profile: string, requirements: Partial<Requirements>, reason: RegExp]>([
  ['compute', 'jetson-nano', { fps: 30, minAp50: 50 }, /: compute binds, bandwidth would allow \d+\.$/],
  // Its tensor cores outrun its memory.
  [
    'bandwidth',
    'jetson-xavier-nx',
    { fps: 30, cameras: 8, minAp50: 50 },
    /reaches 14\d\.\d of 240 frames\/s: bandwidth binds, memory alone takes it to 22\d\.\d\.$/,
  ],
  [
    'memory',
    'raspberry-pi-4',
    { fps: 0.2, cameras: 2, minAp50: 59 },
    /needs 26\d MB of 200 MB that system and cameras leave: memory binds\.$/,
  ],
])(
  'a requirement that %s of a board cannot meet says so, and what would fit',
  (_, profile, requirements, reason) => {
    const { chosen, reasons } = choose(limits(profile), requirements);
    expect(chosen).toBeUndefined();
    expect(reasons[0]).toMatch(reason);
    expect(reasons.at(-1)).toMatch(
      /^At .* the best is csppeleenet-\S+ at \d+ in fp\d+ with AP50 \d\d\.\d\.$/,
    );
  },
);

test('PLANS.md quotes the reasons of requirements that cannot be met', () => {
  const document = readFileSync(resolve(import.meta.dirname, '../../../device-profiles/PLANS.md'), 'utf8');
  for (const [profile, requirements] of [
    ['jetson-nano', { fps: 30, minAp50: 50 }],
    ['jetson-xavier-nx', { fps: 30, cameras: 8, minAp50: 50 }],
    ['raspberry-pi-4', { fps: 0.2, cameras: 2, minAp50: 59 }],
  ] as const)
    expect(document).toContain(
      choose(limits(profile), requirements).reasons[0]!.replace(/^.*; the nearest, /, ''),
    );
});

test('a requirement that memory’s size cannot meet says so', () => {
  const { reasons } = choose({ ...limits('core-i9-9900k'), memoryGB: 0.9 }, { minAp50: 54 });
  expect(reasons[0]).toMatch(
    /cspresnext50-panet-spp at 320 in fp32 \(AP50 54\.0\), needs 24\d MB of 200 MB .*memory binds\.$/,
  );
  expect(reasons).toContain('At 15 frames/s the best is csppeleenet-efm-sam at 512 in fp32 with AP50 50.4.');
});

test('an AP50 that nobody has published is no limit of the machine', () => {
  const { reasons } = choose(limits('jetson-agx-orin'), { minAp50: 70 });
  expect(reasons).toEqual([
    'No network has a published AP50 of 70; the best is cspdarknet53-panet-spp at 512 in fp16 with 61.3.',
  ]);
});

test('only networks at hand, where they are named', () => {
  const machine = { limits: limits('jetson-agx-orin'), because: '' };
  expect(chooseModel(machine, { among: ['yolov3-tiny'] }).chosen?.model).toBe('yolov3-tiny');
  expect(chooseModel(machine, { among: [] })).toMatchObject({
    reasons: ['No network to choose among has a published AP50.'],
  });
});

test('a provider or precision that the profile lacks is an error that names what there is', () => {
  const machine = { limits: limits('jetson-tx2'), because: '' };
  expect(() => chooseModel(machine, { precision: 'int8' })).toThrow('expected one of fp16, fp32');
  expect(() => chooseModel(machine, { provider: 'cuda' })).toThrow('expected one of tensorrt, cpu');
});

test('what was measured stands in place of the profile’s figures', () => {
  const depthwise = { fp32Gops: 40, int8Gops: 30 };
  const measured: Measured = {
    version: 2,
    measuredAt: '2026-01-01T00:00:00Z',
    machine: 'm',
    int8Form: 'bounded-pairs',
    threads: [
      {
        ...{ threads: 1, fp32Gops: 100, int8Gops: 300, bandwidthGBs: 9 },
        depthwise,
        thinMs: { fp32: 20, int8: 10 },
      },
      {
        ...{ threads: 4, fp32Gops: 300, int8Gops: 900, bandwidthGBs: 20 },
        depthwise,
        thinMs: { fp32: 9, int8: 6 },
      },
    ],
  };
  const of = (threads: number) => targetOf(limits('core-i7-6700'), 'cpu', threads, measured).machine;
  expect(of(1)).toMatchObject({ roofGops: { fp32: 100, int8: 300 }, bandwidthGBs: 9 });
  expect(of(4)).toMatchObject({ roofGops: { fp32: 300, int8: 900 }, bandwidthGBs: 20 });
  // Between counts that were measured: what lies between.
  expect(of(2).roofGops.fp32).toBeCloseTo(100 + 200 / 3, 6);
  expect(of(2).depthwiseGops).toEqual({ fp32: 40, int8: 30 });
  expect(of(2).slowness!.fp32).toBeCloseTo((2 * of(1).slowness!.fp32! + of(4).slowness!.fp32!) / 3, 6);
  // The network that was timed is predicted to take what it took.
  const { machine, engine } = targetOf(limits('core-i7-6700'), 'cpu', 4, measured);
  const thin = buildNetwork(findNetwork(THIN_NETWORK.network), { size: THIN_NETWORK.size });
  expect(predict(thin, 'int8', machine, engine).latencyMs).toBeCloseTo(6, 6);
  expect(targetOf(limits('jetson-tx2'), 'tensorrt', 1, measured).machine.roofGops.fp16).toBeCloseTo(998.4, 1);
});

test('threads leave a core to capture on machines that differ from their profile', () => {
  expect(threadsOf({ ...limits('generic-x86-64'), cores: 2 })).toBe(2);
  expect(threadsOf({ ...limits('generic-x86-64'), cores: 3 })).toBe(2);
  expect(threadsOf({ ...limits('generic-x86-64'), cores: 16 })).toBe(15);
  expect(threadsOf({ ...limits('generic-x86-64'), cores: 1 })).toBe(1);
  expect(threadsOf(limits('jetson-tx2'))).toBe(3);
});

test('the bandwidth share is that of the wanted rate, or of what is reached of it', () => {
  const options = {
    target: targetOf(limits('jetson-tx2'), 'tensorrt', 1),
    precision: 'fp16',
    memoryGB: 8,
  } as const;
  const share = (fps: number) =>
    plan({ ...options, requirements: { fps, cameras: 1 } }).rows.find(
      ({ model }) => model === 'yolov3-tiny',
    )!;
  expect(share(20).bandwidthShare / share(10).bandwidthShare).toBeCloseTo(2, 9);
  expect(share(1e6).bandwidthShare).toBeCloseTo(share(1e6).fps / share(1e6).fpsOfBandwidth, 9);
});

test('the front has what no other beats in both', () => {
  const point = (fps: number, ap50: number) => ({ fps, ap50 });
  expect(paretoFront([point(10, 40), point(20, 40), point(5, 50), point(15, 35), point(30, 20)])).toEqual([
    point(5, 50),
    point(20, 40),
    point(30, 20),
  ]);
});

test('the drawing has every network with AP50, the front, and the paper’s points', () => {
  const { rows, chosen } = choose(limits('jetson-tx2'));
  const svg = plotPlan(
    '<TX2>',
    rows.map((row) => ({ ...row, chosen: row === chosen })),
  );
  const count = (pattern: RegExp) => [...svg.matchAll(pattern)].length;
  const withAp50 = rows.filter(({ ap50 }) => ap50 !== null).length;
  // One of each colour more in the legend.
  expect(count(/<circle [^>]*fill="#(0072b2|d55e00)"/g)).toBe(withAp50 + 2);
  expect(count(/<circle [^>]*stroke="#cc79a7"/g)).toBe(8 + 1);
  expect(count(/<circle [^>]*stroke="#009e73"/g)).toBe(6 + 1);
  expect(svg).toContain('&#60;TX2&#62;');
  expect(/class="front" d="M([^"]*)"/.exec(svg)![1]!.split('L').length).toBeGreaterThan(3);
});

test('names in the drawing neither overlap nor leave it', () => {
  for (const { name } of profiles) {
    const { rows, chosen } = choose(limits(name));
    const svg = plotPlan(
      name,
      rows.map((row) => ({ ...row, chosen: row === chosen })),
    );
    const names = [
      ...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)" text-anchor="(\w+)" class="small">([^<]+)</g),
    ];
    expect(names.length).toBeGreaterThan(4);
    const boxes = names.map(([, x, y, anchor, content]) => {
      const width = 5.5 * content!.length;
      const left = anchor === 'end' ? Number(x) - width : Number(x);
      return { left, right: left + width, y: Number(y), content };
    });
    for (const [i, one] of boxes.entries()) {
      expect(one.left).toBeGreaterThanOrEqual(0);
      expect(one.right).toBeLessThanOrEqual(1000);
      const over = boxes
        .slice(i + 1)
        .filter(({ left, right, y }) => left < one.right && right > one.left && Math.abs(y - one.y) < 11);
      expect([one.content, over]).toEqual([one.content, []]);
    }
  }
});

test('PLANS.md quotes what the plan chooses', () => {
  const document = readFileSync(resolve(import.meta.dirname, '../../../device-profiles/PLANS.md'), 'utf8');
  const quoted: [row: string, of: Limits][] = [
    ['TX2, MAXN', limits('jetson-tx2', 'MAXN')],
    ['TX2, MAXQ', limits('jetson-tx2', 'MAXQ')],
    ['Nano', limits('jetson-nano')],
    ['Pi 5', limits('raspberry-pi-5')],
    ['i9-9900K', limits('core-i9-9900k')],
    ['N100', limits('intel-n100')],
  ];
  for (const [row, of] of quoted) {
    const cells = document
      .split('\n')
      .find((line) => line.startsWith(`| ${row} `))!
      .split('|')
      .map((cell) => cell.trim());
    const answers = [1, 3].map((cameras) => {
      const { chosen } = choose(of, { cameras });
      return `${chosen!.model} ${chosen!.size}, ${chosen!.fps.toFixed(1)} fps`;
    });
    const efm = choose(of).rows.find(({ model, size }) => model === 'csppeleenet-efm-sam' && size === 416)!;
    expect(cells.slice(5, 8)).toEqual([`${efm.latencyMs.toFixed(1)} ms`, ...answers]);
  }
});
