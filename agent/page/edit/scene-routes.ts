// What the editor asks for -> the scene of a camera in the file, changed there and in force at once, or as text to copy.

import { z } from 'zod';
import { CspcamError } from '#common/errors.js';
import { redactText } from '#common/redact.js';
import { ConfigError } from '../../config/problem.js';
import type { SceneAnswer, SceneEdit } from '../protocol.js';
import { json, type PageReply, type Route, refusal } from '../server/exchange.js';
import {
  editScene,
  OtherFileError,
  readScene,
  sceneText,
  versionOf,
  versionOfFile,
  writeConfigFile,
} from './scene-file.js';

export interface SceneRoutesOptions {
  readonly file: string | undefined;
  /** Whether the configuration lets the page change it. */
  readonly canWrite: boolean;
  /** Has the agent go by the file. @returns what was done, in words */
  readonly reload: () => Promise<string>;
}

const points = z.array(z.tuple([z.number(), z.number()])).max(256);
/** The configuration says which names and places are right. */
const id = z.string().max(200);
const shapes = z.array(z.strictObject({ id, was: id.optional(), points })).max(256);
const masks = z.array(z.strictObject({ was: z.int().min(0).optional(), points })).max(64);
const sceneEdit = z.strictObject({
  camera: id,
  version: z.string().max(100),
  zones: shapes,
  lines: shapes,
  masks: z.strictObject({ privacy: masks, motion: masks, objects: masks }),
}) satisfies z.ZodType<SceneEdit>;

export function sceneRoutes(options: SceneRoutesOptions): Route[] {
  const { file } = options;
  if (file === undefined) return [];
  // One after the other: each reads the file that the one before has written.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (act: () => Promise<PageReply>): Promise<PageReply> => {
    const turn = last.then(act);
    last = turn.catch(() => {});
    return turn;
  };
  return [
    {
      method: 'GET',
      path: '/api/scene',
      answer: ({ query }) => answered(() => read(file, query.get('camera') ?? '')),
    },
    {
      method: 'POST',
      path: '/api/scene/text',
      answer: ({ body }) => withEdit(body, (edit) => text(file, edit)),
    },
    {
      method: 'POST',
      path: '/api/scene',
      answer: ({ body }) => inTurn(() => withEdit(body, (edit) => save(options, file, edit))),
    },
  ];
}

async function read(file: string, camera: string): Promise<PageReply> {
  const found = await readScene(file, camera);
  return found === undefined ? refusal(404, 'expected a camera of the configuration') : json(found);
}

async function text(file: string, edit: SceneEdit): Promise<PageReply> {
  return reply({ kind: 'text', yaml: await sceneText(file, edit) });
}

async function save(
  { canWrite, reload }: SceneRoutesOptions,
  file: string,
  edit: SceneEdit,
): Promise<PageReply> {
  if (!canWrite) return refusal(403, 'expected page.edit: true');
  const { before, after, yaml } = await editScene(file, edit);
  try {
    await writeConfigFile(file, after);
  } catch (error) {
    // A service may read its configuration and not write it.
    return reply({ kind: 'text', yaml, why: messageOf(error) });
  }
  try {
    return reply({ kind: 'saved', done: await reload(), version: versionOf(after) });
  } catch (error) {
    // A reload may take minutes, in which somebody else may have written it.
    if ((await versionOfFile(file)) === versionOf(after)) {
      await writeConfigFile(file, before);
      // So that nobody goes on saying that the file is refused.
      await reload().catch(() => {});
    }
    throw error;
  }
}

function withEdit(body: unknown, act: (edit: SceneEdit) => Promise<PageReply>): Promise<PageReply> {
  const read = sceneEdit.safeParse(body);
  if (!read.success) return Promise.resolve(refusal(400, 'expected zones, lines and masks of a camera'));
  return answered(() => act(read.data));
}

async function answered(act: () => Promise<PageReply>): Promise<PageReply> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof OtherFileError)
      return reply(
        { kind: 'refused', problems: ['The file has changed meanwhile. Open the editor again.'] },
        409,
      );
    if (!(error instanceof CspcamError)) throw error;
    const problems =
      error instanceof ConfigError
        ? error.problems.map(({ key, expected, received }) =>
            redactText(`${key || 'the file'}: expected ${expected}, received ${received}`),
          )
        : [redactText(error.message)];
    return reply({ kind: 'refused', problems: problems.slice(0, 20) }, 422);
  }
}

function reply(answer: SceneAnswer, status = 200): PageReply {
  return json(answer, status);
}

function messageOf(error: unknown): string {
  return redactText(error instanceof Error ? error.message : String(error));
}
