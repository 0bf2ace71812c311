// The agent on its clip -> pictures of its page: wide and narrow, dark and light. usage: npm run page:screenshots -- FOLDER

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import puppeteer from 'puppeteer-core';
import { stringify } from 'yaml';

const root = resolve(import.meta.dirname, '..');
const out = resolve(process.argv[2] ?? 'page-screenshots');
/** Events and charts need some time of the clip. */
const SECONDS = Number(process.argv[3] ?? 40);
const SIZES = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } };
const SCHEMES = ['light', 'dark'];

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

function configuration(port, brokerPort) {
  const road = [
    [0.03, 0.62],
    [0.5, 0.45],
    [0.97, 0.62],
    [0.97, 0.97],
    [0.03, 0.97],
  ];
  return {
    device: 'porch',
    mqtt: { embeddedBroker: { port: brokerPort } },
    cameras: {
      street: {
        source: `file:${root}/agent/demo/street.mp4`,
        loop: true,
        zones: { road: { points: road } },
        lines: {
          gate: {
            points: [
              [0.55, 0.5],
              [0.55, 0.95],
            ],
          },
        },
      },
    },
    stats: { intervalSeconds: 3 },
    page: { port },
    log: { level: 'warn' },
  };
}

const folder = mkdtempSync(join(tmpdir(), 'page-'));
const port = await freePort();
const file = join(folder, 'cspcam.yaml');
writeFileSync(file, stringify(configuration(port, await freePort())));
const agent = spawn(process.execPath, [join(root, 'dist/agent/cli/main.js'), 'run', '--config', file], {
  env: { ...process.env, XDG_STATE_HOME: folder },
  stdio: ['ignore', 'ignore', 'inherit'],
});
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run'],
  userDataDir: join(folder, 'browser'),
});
try {
  mkdirSync(out, { recursive: true });
  const page = await browser.newPage();
  const address = `http://127.0.0.1:${port}/`;
  while (!(await page.goto(address).catch(() => undefined))) await wait(500);
  await page.waitForSelector('.camera[data-state="running"]', { timeout: 120_000 });
  await wait(SECONDS * 1000);
  for (const scheme of SCHEMES)
    for (const [size, viewport] of Object.entries(SIZES)) {
      await page.setViewport({ ...viewport, deviceScaleFactor: 1 });
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
      await page.goto(address);
      await page.waitForSelector('.camera[data-state="running"]');
      await wait(3000);
      await page.screenshot({ path: join(out, `live-${size}-${scheme}.png`) });
      await page.click('.camera .edit');
      const zone = '.shapes li:first-child button';
      await page.waitForSelector(zone);
      await page.click(zone);
      await wait(3000);
      await page.screenshot({ path: join(out, `editor-${size}-${scheme}.png`) });
    }
  process.stdout.write(`${out}\n`);
} finally {
  await browser.close();
  agent.kill('SIGTERM');
  await once(agent, 'exit');
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
