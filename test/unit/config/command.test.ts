// `cspcam config ...` -> what is printed where, and the exit code.

import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { afterEach, expect, test, vi } from 'vitest';
import { CspcamError } from '#common/errors.js';
import { act, newCommand, runProgram } from '../../../agent/cli/command.js';
import { configCommand } from '../../../agent/cli/config.js';
import { configFile, SMALLEST } from './files.js';

afterEach(() => {
  process.exitCode = undefined;
  vi.restoreAllMocks();
});

async function run(args: readonly string[], extra?: Command) {
  const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const err = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const program = new Command('cspcam').addCommand(configCommand());
  if (extra) program.addCommand(extra);
  await runProgram(program, ['node', 'cspcam', ...args]);
  const text = (spy: typeof out) => spy.mock.calls.map(([chunk]) => String(chunk)).join('');
  const result = { exitCode: process.exitCode ?? 0, out: text(out), err: text(err) };
  vi.restoreAllMocks();
  return result;
}

test('init writes a file for its owner, never over another unless forced', async () => {
  const file = join(dirname(configFile('')), 'new.yaml');
  expect(await run(['config', 'init', file])).toMatchObject({ exitCode: 0, err: '' });
  const written = readFileSync(file, 'utf8');
  expect(await run(['config', 'init', file])).toEqual({
    exitCode: 1,
    out: '',
    err: `cspcam: expected a new file for ${file}, received one that exists (overwrite it with --force)\n`,
  });
  process.exitCode = undefined;
  expect(await run(['config', 'init', '--force', file])).toMatchObject({ exitCode: 0 });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  rmSync(file);
  expect(await run(['config', 'init', '--force', file])).toMatchObject({ exitCode: 0 });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const pipe = `${file}.pipe`;
  execFileSync('mkfifo', [pipe]);
  const reader = openSync(pipe, 'r+');
  expect(await run(['config', 'init', '--force', pipe])).toMatchObject({ exitCode: 0 });
  expect(statSync(pipe).isFIFO()).toBe(true);
  closeSync(reader);
  expect(await run(['config', 'init', '-'])).toMatchObject({ out: written });
  expect(existsSync('-')).toBe(false);
});

test('validate: a good file', async () => {
  const file = configFile(SMALLEST.replace('rtsp://', 'rtsp://me:se3cret@'));
  expect(await run(['config', 'validate', file])).toEqual({
    exitCode: 0,
    out: `${file}: valid, device porch, cameras door\n`,
    err: '',
  });
  const { out } = await run(['config', 'validate', '--json', file]);
  expect(JSON.parse(out)).toMatchObject({ valid: true, config: { mqtt: { base: 'cspcam' } } });
  expect(out).not.toContain('se3cret');
});

test('validate: labels that the model lacks are warnings', async () => {
  const file = configFile(SMALLEST.replace('door: {', 'door: { labels: [persn], '));
  const { exitCode, out, err } = await run(['config', 'validate', file]);
  expect([exitCode, err, out.trimEnd().split('\n').length]).toEqual([0, '', 2]);
  expect(out).toContain('for cameras.door.labels, received persn, did you mean person?');
  const printed = JSON.parse((await run(['config', 'validate', '--json', file])).out);
  expect(printed).toMatchObject({ valid: true, warnings: [{ key: 'cameras.door.labels' }] });
});

test('validate: a model that is not here is a warning', async () => {
  const file = configFile(`${SMALLEST}model: elsewhere\n`);
  const { exitCode, out } = await run(['config', 'validate', file]);
  expect(exitCode).toBe(0);
  expect(out).toMatch(/^warning: .*: expected a model folder to check labels against for model, received /);
});

test('validate: a bad file', async () => {
  const file = configFile(`${SMALLEST}minScore: 2\n`);
  const line = `${file}:5:11: expected a number of at most 1 for minScore, received 2`;
  expect(await run(['config', 'validate', file])).toEqual({ exitCode: 2, out: '', err: `cspcam: ${line}\n` });
  const { exitCode, out } = await run(['config', 'validate', '--json', file]);
  expect(exitCode).toBe(2);
  expect(JSON.parse(out)).toEqual({
    valid: false,
    file,
    problems: [
      {
        line: 5,
        column: 11,
        key: 'minScore',
        expected: 'a number of at most 1',
        received: '2',
        message: line,
      },
    ],
  });
});

test('schema prints the committed one', async () => {
  const { out } = await run(['config', 'schema']);
  expect(out).toBe(
    readFileSync(join(import.meta.dirname, '../../../agent/config/config.schema.json'), 'utf8'),
  );
});

const failing = (error: unknown) =>
  newCommand('fail', { summary: 'fails', examples: ['cspcam fail'] }).action(
    act(() => {
      throw error;
    }),
  );

test.each([
  ['wrong option', ['config', 'schema', '--nope'], undefined, 2, "cspcam: unknown option '--nope'\n"],
  ['missing argument', ['config', 'validate'], undefined, 2, "cspcam: missing required argument 'file'\n"],
  ['unknown command', ['confg'], undefined, 2, "cspcam: unknown command 'confg'\n(Did you mean config?)\n"],
  ['our error', ['fail'], new CspcamError('expected a, received b'), 1, 'cspcam: expected a, received b\n'],
  ['any error, one line', ['fail'], new TypeError('x is\nnot y'), 1, 'cspcam: x is\n'],
  [
    'several addresses refused',
    ['fail'],
    new AggregateError([new Error('a'), new Error('b')]),
    1,
    'cspcam: Error: a; Error: b\n',
  ],
  ['no error at all', ['fail'], 'text', 1, 'cspcam: text\n'],
] as const)('%s', async (_, args, error, exitCode, err) => {
  expect(await run(args, failing(error))).toEqual({ exitCode, out: '', err });
});

test('--verbose shows stack and causes', async () => {
  const error = new CspcamError('outer', { cause: new Error('inner') });
  const { err } = await run(['fail', '--verbose'], failing(error));
  expect(err).toMatch(/^cspcam: outer\n.*\n? +at [\s\S]*caused by: inner\n/);
});

test('--help ends well and shows an example', async () => {
  const { exitCode, out } = await run(['config', 'validate', '--help']);
  expect(exitCode).toBe(0);
  expect(out).toContain('cspcam config validate cspcam.yaml --json');
});
