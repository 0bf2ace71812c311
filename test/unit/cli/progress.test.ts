// Pieces done -> what a terminal, or anything else, is told.

import { expect, test } from 'vitest';
import { showProgress } from '../../../agent/cli/progress.js';

function stream(isTTY: boolean, columns = 80) {
  const written: string[] = [];
  const write = (text: string) => written.push(text) > 0;
  return { written, stream: { isTTY, columns, write } as unknown as NodeJS.WriteStream };
}

const CLEAR = '\r\u001b[K';

test('a bar that is drawn at most ten times a second, at its end, and cleared once', () => {
  const { written, stream: terminal } = stream(true);
  let now = 0;
  const progress = showProgress('pictures', 4, terminal, () => now);
  for (const at of [0, 50, 120, 130]) {
    now = at;
    progress.advance();
  }
  progress.end();
  progress.end();
  const bar = (filled: number) => `[${'#'.repeat(filled)}${' '.repeat(30 - filled)}]`;
  expect(written).toEqual([
    `${CLEAR}pictures ${bar(8)} 1/4`,
    `${CLEAR}pictures ${bar(23)} 3/4`,
    `${CLEAR}pictures ${bar(30)} 4/4`,
    CLEAR,
  ]);
});

test('a count where nobody knows how many', () => {
  const { written, stream: terminal } = stream(true);
  showProgress('frames', undefined, terminal, () => 0).advance();
  expect(written).toEqual([`${CLEAR}frames 1`]);
});

test('cut to a narrow terminal', () => {
  const { written, stream: terminal } = stream(true, 12);
  showProgress('pictures', 4, terminal, () => 0).advance();
  expect(written).toEqual([`${CLEAR}pictures [#`]);
});

test('nothing where no terminal is', () => {
  const { written, stream: file } = stream(false);
  const progress = showProgress('pictures', 1, file, () => 0);
  progress.advance();
  progress.end();
  expect(written).toEqual([]);
});
