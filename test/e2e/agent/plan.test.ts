// `cspcam plan` and `cspcam profiles`, as a user types them.

import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { brightModel } from '../../support/bright-model.js';
import { Cspcam, cspcam } from '../../support/cspcam.js';
import { CTRL_C, Terminal } from '../../support/terminal.js';

const scratch = () => mkdtempSync(join(tmpdir(), 'plan-'));

describe('plan', () => {
  test('--json has the promised keys, one chosen row, and every size that figures were published for', async () => {
    const { code, out, err } = await cspcam('plan', '--profile', 'jetson-tx2', '--json');
    expect([code, err]).toEqual([0, '']);
    const rows = JSON.parse(out) as Record<string, unknown>[];
    const keys = [
      'model',
      'size',
      'precision',
      'fps',
      'latencyMs',
      'bandwidthShare',
      'memoryMB',
      'ap50',
      'secondLooksPerSecond',
      'chosen',
      'measuredAp50',
    ];
    for (const row of rows) expect(Object.keys(row)).toEqual(keys);
    expect(rows.filter(({ chosen }) => chosen === true).length).toBe(1);
    expect(rows.filter(({ model }) => model === 'cspresnext50-panet-spp').length).toBe(4);
  });

  test('the table tells machine, choice and reason', async () => {
    const { code, out } = await cspcam(
      'plan',
      '--profile',
      'raspberry-pi-5',
      '--cameras',
      '2',
      '--threads',
      '2',
    );
    expect(code).toBe(0);
    expect(out).toMatch(/^Raspberry Pi 5, cpu int8, 2 of 4 cores: it was asked for\n/);
    expect(out).toMatch(/^\* {2}\S+ +\d+ +[\d.]+ +[\d.]+ +[\d.]+% +\d+ +[\d.]+ +\S+ +(compute|bandwidth)$/m);
    expect(out).toContain('keep up with 15 frames/s of each of 2 cameras');
    expect(out).toMatch(/^Of the 2 whose weights come with cspcam: .*cspdensenetb-ref-prn at 320 in int8/m);
    expect(out).toContain('second looks (secondLook): none, the frames leave no time for them');
  });

  test('a wish that cannot be met: no choice, and the limit that binds', async () => {
    const wish = ['--profile', 'jetson-nano', '--fps', '60', '--min-ap50', '50'];
    const text = await cspcam('plan', ...wish);
    expect(text.out).toMatch(/reaches [\d.]+ of 60 frames\/s: compute binds/);
    const json = await cspcam('plan', ...wish, '--json');
    expect((JSON.parse(json.out) as { chosen: boolean }[]).some(({ chosen }) => chosen)).toBe(false);
    expect(json.err).toContain('compute binds');
    expect([text.code, json.code]).toEqual([0, 0]);
  });

  test('--plot draws SVG and PNG', async () => {
    const folder = scratch();
    for (const name of ['plan.svg', 'plan.png']) {
      const { code } = await cspcam('plan', '--profile', 'intel-n100', '--plot', join(folder, name));
      expect(code).toBe(0);
    }
    expect(readFileSync(join(folder, 'plan.svg'), 'utf8')).toContain('Intel N100, cpu int8, 3 of 4 cores');
    expect([...readFileSync(join(folder, 'plan.png')).subarray(1, 4)]).toEqual([...Buffer.from('PNG')]);
  });

  test('--model: folders in place of the catalogue, and no prediction where there are no layers to predict', async () => {
    const models = `default,${await brightModel()},small`;
    const { code, out } = await cspcam('plan', '--profile', 'jetson-tx2', '--model', models, '--json');
    expect(code).toBe(0);
    const [bundled, bright, small] = JSON.parse(out) as {
      model: string;
      measuredAp50: { all: number; data: string } | null;
      fps: number | null;
      keepsUp: boolean | null;
    }[];
    // By hand in PLANS.md: 11.7 ms.
    expect(bundled).toMatchObject({ model: 'csppeleenet-efm-sam', precision: 'fp16', keepsUp: true });
    expect(1000 / bundled!.fps!).toBeGreaterThan(10.5);
    expect(1000 / bundled!.fps!).toBeLessThan(12.9);
    expect(bright!.model).toBe('bright');
    expect(bright!.fps === null).toBe(bright!.keepsUp === null);
    // What the card says, of the floats that run on a TX2.
    expect(bundled!.measuredAp50).toMatchObject({ person: 54.6, vehicles: 55.6, data: 'coco256, split val' });
    expect([bright!.measuredAp50, small!.model]).toEqual([null, 'cspdensenetb-ref-prn']);
    const table = await cspcam('plan', '--model', 'default', '--cameras', '1000');
    expect(table.out).toMatch(/^network +size +precision +fps +ms +MB +second looks\/s +keeps up +AP50$/m);
    expect(table.out).toMatch(/^csppeleenet-efm-sam +416 .* no +[\d.]+\/[\d.]+\/[\d.]+$/m);
    const missing = await cspcam('plan', '--model', 'missing');
    expect([missing.code, missing.err.split('\n').length]).toEqual([1, 2]);
  });

  test.each([
    [['--fps', '0'], 2, 'expected a number above 0, received 0'],
    [['--min-ap50', '101'], 2, 'expected 0 to 100, received 101'],
    [
      ['--model', 'default', '--plot', 'plan.svg'],
      2,
      "'--model <list>' cannot be used with option '--plot <file>'",
    ],
    [['--model', 'default', '--min-ap50', '40'], 2, "cannot be used with option '--min-ap50 <percent>'"],
    [['--paper', '--fps', '20'], 2, "'--paper' cannot be used with option '--fps <number>'"],
    [['--paper', '--json'], 2, "'--paper' cannot be used with option '--json'"],
    [['--profile', 'tx2'], 2, 'for --profile, received tx2'],
    [['--profile', 'tx2.json'], 1, 'expected a readable file for tx2.json'],
    [['--profile', 'jetson-tx2', '--power-mode', '7'], 2, 'for --power-mode on jetson-tx2, received 7'],
    [['--profile', 'intel-n100', '--power-mode', 'MAXQ'], 2, 'a profile with power modes for --power-mode'],
    [['--profile', 'jetson-tx2', '--precision', 'int8'], 2, 'expected one of fp16, fp32'],
    [
      ['--profile', 'intel-n100', '--provider', 'tensorrt'],
      2,
      'expected one of cpu for the provider on intel-n100',
    ],
    [
      ['--profile', 'intel-n100', '--plot', 'plan.jpg'],
      2,
      'ends in .svg or .png for --plot, received plan.jpg',
    ],
  ])('%j ends with %d', async (args, code, line) => {
    const finished = await cspcam('plan', ...args);
    expect(finished.code).toBe(code);
    expect(finished.err.trim().split('\n').length).toBe(1);
    expect(finished.err).toContain(line);
  });
});

describe('profiles', () => {
  test('list marks one as this machine, with the reason', async () => {
    const rows = JSON.parse((await cspcam('profiles', 'list', '--json')).out) as {
      thisMachine: boolean;
      because?: string;
    }[];
    expect(rows.length).toBe(16);
    const here = rows.filter(({ thisMachine }) => thisMachine);
    expect(here).toEqual([expect.objectContaining({ because: expect.stringMatching(/./) })]);
    expect((await cspcam('profiles', 'list')).out).toContain('* this machine: ');
  });

  test('show has the figures of a profile, with their sources as JSON', async () => {
    const text = await cspcam('profiles', 'show', 'jetson-tx2');
    expect(text.out).toMatch(/^memory +8\.0 GB, 59\.7 GB\/s, 39\.8 of it usable$/m);
    expect(text.out).toMatch(/^mode 1 +MAXQ: GPU 850 MHz, memory 1331 MHz$/m);
    const json = JSON.parse((await cspcam('profiles', 'show', 'jetson-tx2', '--json')).out);
    expect(json.memory.theoreticalGBs).toEqual({ value: 59.7, source: expect.stringContaining('128 bit') });
    expect((await cspcam('profiles', 'show')).out).toContain('because: ');
  });

  test('show of one that nobody knows is wrong usage', async () => {
    const { code, err } = await cspcam('profiles', 'show', 'tx2');
    expect(code).toBe(2);
    expect(err).toMatch(/, or a file NAME\.json for \[name or file\], received tx2\n$/);
  });

  test('what measure keeps is what plan uses', async () => {
    const environment = { XDG_STATE_HOME: scratch(), STATE_DIRECTORY: '' };
    const run = (...args: string[]) => new Cspcam(args, environment).finished();
    const before = await run('plan');
    expect(before.out).toContain('nothing of it was measured on this machine');
    const measured = await run('profiles', 'measure', '--threads', '1', '--json');
    expect(measured.code).toBe(0);
    const { threads } = JSON.parse(measured.out);
    expect(threads).toEqual([
      {
        threads: 1,
        fp32Gops: expect.any(Number),
        int8Gops: expect.any(Number),
        bandwidthGBs: expect.any(Number),
        depthwise: { fp32Gops: expect.any(Number), int8Gops: expect.any(Number) },
        thinMs: { fp32: expect.any(Number), int8: expect.any(Number) },
      },
    ]);
    const after = await run('plan');
    expect(after.out).toMatch(/^measured on \d{4}-\d\d-\d\d, in place of the profile's figures$/m);
    const { out } = await run('profiles', 'show');
    for (const column of ['fp32 GFLOPS', 'depthwise fp32', 'peleenet 256']) expect(out).toContain(column);
  });

  test('measure that is interrupted leaves nothing', async () => {
    const state = scratch();
    const measuring = new Terminal(['profiles', 'measure'], { XDG_STATE_HOME: state, STATE_DIRECTORY: '' });
    await measuring.until('measuring [');
    measuring.press(CTRL_C);
    expect(await measuring.finished()).toBe(1);
    expect(measuring.text).toContain('interrupted');
    expect(existsSync(join(state, 'cspcam'))).toBe(false);
  });
});
