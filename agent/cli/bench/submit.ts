// `bench --submit` and `--results`: a benchmark -> a file that may be published; a folder of them -> the public table.

import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { CspcamError, expected } from '#common/errors.js';
import { writeWhole } from '#common/write-file.js';
import { readBench } from '../../bench/against.js';
import { problemsOf } from '../../bench/submission/check.js';
import {
  leftOut,
  type Submission,
  submissionFile,
  submissionName,
  submissionOf,
} from '../../bench/submission/submission.js';
import { resultsDocument } from '../../bench/submission/table.js';
import { readSuite, suiteNames } from '../../bench/suite.js';
import { expectPlace } from '../../bench/write.js';
import { readProfiles } from '../../device/profiles.js';
import { print } from '../models/text.js';
import type { BenchArguments } from './arguments.js';

/** @throws CspcamError for a file that is not to be published, and why */
export async function submit(
  file: string,
  { to, force, json }: Pick<BenchArguments, 'to' | 'force' | 'json'>,
): Promise<void> {
  const document = readBench(await readText(file), file);
  const { suite: named } = document;
  const isKnown = named !== undefined && suiteNames().includes(named.name);
  const problems = problemsOf(document, isKnown ? await readSuite(named.name) : undefined);
  if (problems.length > 0)
    throw new CspcamError(`expected a run that can be compared, received ${file}: ${problems.join('; ')}`);
  const profiles = (await readProfiles()).map(({ name }) => name);
  const submission = publishable(file, () => submissionOf(document, profiles));
  const place = join(to, submissionName(submission));
  await expectPlace(place);
  const isThere = await access(place).then(
    () => true,
    () => false,
  );
  if (isThere && !force) throw expected('no such file (or --force)', place, 'one');
  await writeWhole(place, `${JSON.stringify(submission, undefined, 2)}\n`);
  const without = leftOut(document, submission);
  if (json !== undefined) return print(JSON.stringify({ wrote: place, leftOut: without }, undefined, 2));
  print(`wrote ${place}\nleft out: ${without.join(', ')}`);
}

/** Written by a command into device-profiles/RESULTS.md. @throws CspcamError for a file that is no submission */
export async function printResultsTable(
  directory: string,
  { json }: Pick<BenchArguments, 'json'>,
): Promise<void> {
  const submissions = await readSubmissions(directory);
  if (json !== undefined) return print(JSON.stringify(submissions, undefined, 2));
  process.stdout.write(resultsDocument(submissions));
}

async function readSubmissions(directory: string): Promise<Submission[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    throw expected('a folder', directory, error.code ?? error.message, error);
  });
  const files = names.filter((name) => name.endsWith('.json')).toSorted();
  return Promise.all(
    files.map(async (name) => {
      const file = join(directory, name);
      const text = await readText(file);
      return publishable(file, () => submissionFile.parse(JSON.parse(text)));
    }),
  );
}

function publishable(file: string, make: () => Submission): Submission {
  try {
    return make();
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error).split('\n').join(' ') : 'something else';
    throw expected('what cspcam bench --submit writes', file, why, error);
  }
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw expected('a readable file', file, error.code ?? error.message, error);
  });
}
