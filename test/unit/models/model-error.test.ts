// Errors as the system, V8 and ONNX Runtime throw them -> whose fault it was, and the exit code.

import { expect, test } from 'vitest';
import { CspcamError } from '#common/errors.js';
import { brokenFile, failureOf, ModelError, unreadableFile } from '../../../models/model-error.js';

const withCode = (code: string) => Object.assign(new Error(`it said ${code}`), { code });

test.each([
  ['no memory for a file', withCode('ENOMEM'), 'memory'],
  ['a heap that is full', withCode('ERR_WORKER_OUT_OF_MEMORY'), 'memory'],
  ['a buffer', new RangeError('Array buffer allocation failed'), 'memory'],
  [
    'the arena',
    new Error('[ONNXRuntimeError] : 6 : Failed to allocate memory for requested buffer of size 9'),
    'memory',
  ],
  ['new', new CspcamError('expected m to load, received: std::bad_alloc'), 'memory'],
  [
    'the cause alone',
    new CspcamError('expected m to load', { cause: new Error('std::bad_alloc') }),
    'memory',
  ],
  ['a spoilt file', brokenFile('expected this'), 'files'],
  ['a file that is gone', unreadableFile('expected this', withCode('ENOENT')), 'files'],
  ['a disk that fails', unreadableFile('expected this', withCode('EIO')), 'files'],
  ['too many open files', unreadableFile('expected this', withCode('EMFILE')), 'other'],
  ['a file that was too large to be read', unreadableFile('expected this', withCode('ENOMEM')), 'memory'],
  ['anything', new Error('boom'), 'other'],
  ['no error', 'boom', 'other'],
])('%s', (_, error, failure) => {
  expect(failureOf(error)).toBe(failure);
});

test('each has an exit code of its own, and broken files say what to do', () => {
  const kinds = ['memory', 'files', 'other'] as const;
  expect(kinds.map((kind) => new ModelError('', kind).exitCode)).toEqual([75, 65, 1]);
  const codes = ['ENOENT', 'EIO', 'ENOMEM', 'EMFILE'].map(
    (code) => unreadableFile('expected this', withCode(code)).exitCode,
  );
  expect([brokenFile('expected this').exitCode, ...codes]).toEqual([65, 1, 1, 75, 1]);
  expect(brokenFile('expected this').message).toContain('cspcam models import');
  expect(brokenFile('expected this', withCode('ENOMEM')).message).toBe('expected this');
});
