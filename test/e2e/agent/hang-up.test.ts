// SIGHUP at commands that read their configuration anew by it, and at those that do not -> a reload, or an orderly end.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { brightModel } from '../../support/bright-model.js';
import { Cspcam, PROGRAM, writeConfig } from '../../support/cspcam.js';
import { catches } from '../../support/processes.js';

let agent: Cspcam | undefined;
afterEach(async () => {
  await agent?.close();
  agent = undefined;
});

const keys = async () => ({
  device: 'porch',
  // Nobody listens there: it works without.
  mqtt: { url: 'mqtt://127.0.0.1:9' },
  model: await brightModel(),
  cameras: { ball: { source: 'test:ball?width=160&height=160&fps=5' } },
});

test('run: a SIGHUP of any moment of the start is one reload after it, and none is an end', async () => {
  agent = new Cspcam(['run', '--config', await writeConfig(await keys())]);
  const { child } = agent;
  // Its first handler is there once it does anything at all: before that a signal is not its own to take.
  await vi.waitFor(async () => expect(await catches(child.pid!, 'SIGHUP')).toBe(true), {
    timeout: 60_000,
    interval: 5,
  });
  for (let i = 0; i < 20 && !agent.err.includes('running'); i++) {
    child.kill('SIGHUP');
    await wait(50);
  }
  await vi.waitFor(() => expect(agent!.err).toContain('reloaded: nothing has changed'), 60_000);
  child.kill('SIGTERM');
  const { code, err } = await agent.finished();
  expect(code, err).toBe(0);
  expect(err.indexOf('reloaded')).toBeGreaterThan(err.indexOf('running'));
});

test('detect: an end in order', async () => {
  agent = new Cspcam(['detect', 'test:ball?fps=5', '--json', '--model', await brightModel()]);
  await vi.waitFor(() => expect(agent!.out).toContain('\n'), 60_000);
  agent.child.kill('SIGHUP');
  expect((await agent.finished()).code).toBe(0);
});

/** A terminal of its own for a command, whose log goes to a file; it is closed as a window is. */
const TERMINAL = `
import os, pty, sys
child, terminal = pty.fork()
if child == 0:
    os.dup2(os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT), 2)
    os.execvp(sys.argv[2], sys.argv[2:])
sys.stdin.readline()
os.close(terminal)
_, status = os.waitpid(child, 0)
print(os.waitstatus_to_exitcode(status), flush=True)
`;

test('run on a terminal that is closed: an end in order, by that signal', async () => {
  const file = await writeConfig(await keys());
  const log = `${file}.log`;
  const args = ['-c', TERMINAL, log, process.execPath, PROGRAM, 'run', '--config', file];
  const terminal = spawn('python3', args, { stdio: ['pipe', 'pipe', 'inherit'] });
  let code = '';
  terminal.stdout.on('data', (chunk) => (code += chunk));
  await vi.waitFor(async () => expect(await readFile(log, 'utf8')).toContain('running'), 60_000);
  terminal.stdin.end('close\n');
  await once(terminal, 'close');
  expect(code.trim()).toBe(String(-constants.signals.SIGHUP));
  expect(await readFile(log, 'utf8')).toContain('stopping');
});
