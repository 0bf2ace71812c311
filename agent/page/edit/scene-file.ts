// A camera's zones, lines and masks in the configuration file <-> those of the editor.

import { createHash } from 'node:crypto';
import { expected } from '#common/errors.js';
import { writeWhole } from '#common/write-file.js';
import { camerasYaml } from '../../config/cameras-yaml.js';
import { type Change, valuesWithChanges, withChanges } from '../../config/edit-text.js';
import { checkConfig, readConfigFile } from '../../config/load.js';
import { sceneView } from '../live/views.js';
import type { SceneEdit, SceneFile, SceneView } from '../protocol.js';
import { sceneChanges } from './scene-changes.js';

/** A file that is fine, before and after an edit. */
export interface EditedFile {
  readonly before: string;
  readonly after: string;
  /** Of the camera, to be copied by hand. */
  readonly yaml: string;
}

/** The file is another than the one that was edited. */
export class OtherFileError extends Error {
  override readonly name = 'OtherFileError';
}

/** @returns nothing where the file has no such camera. @throws ConfigError */
export async function readScene(file: string, camera: string): Promise<SceneFile | undefined> {
  const bytes = await readConfigFile(file);
  const { cameras } = await checkConfig(bytes, file);
  if (!Object.hasOwn(cameras, camera)) return undefined;
  return { version: versionOf(bytes), scene: sceneView(cameras[camera]!) };
}

/**
 * Nothing is written.
 *
 * @throws ConfigError where what it comes to is no configuration, CspcamError where it cannot be written into this file
 */
export async function editScene(file: string, edit: SceneEdit): Promise<EditedFile> {
  const { before, changes } = await changesOf(file, edit);
  const after = withChanges(before, changes, file);
  return { before, after, yaml: await yamlOf(after, file, edit.camera) };
}

/**
 * To be copied by hand, also where the file is one in which it cannot be changed.
 *
 * @throws ConfigError where what it comes to is no configuration
 */
export async function sceneText(file: string, edit: SceneEdit): Promise<string> {
  const { before, changes } = await changesOf(file, edit);
  // JSON is YAML.
  const after = JSON.stringify(valuesWithChanges(before, changes, file));
  return yamlOf(after, file, edit.camera);
}

async function changesOf(file: string, edit: SceneEdit): Promise<{ before: string; changes: Change[] }> {
  const bytes = await readConfigFile(file);
  const { cameras } = await checkConfig(bytes, file);
  if (versionOf(bytes) !== edit.version || !Object.hasOwn(cameras, edit.camera)) throw new OtherFileError();
  const scene = sceneView(cameras[edit.camera]!);
  for (const kind of ['zones', 'lines'] as const) {
    eachOnce(edit[kind], kind);
    if (edit[kind].some(({ was }) => was !== undefined && !Object.hasOwn(scene[kind], was)))
      throw new OtherFileError();
  }
  return { before: bytes.toString(), changes: sceneChanges(scene, edit) };
}

async function yamlOf(text: string, file: string, camera: string): Promise<string> {
  const { cameras } = await checkConfig(Buffer.from(text), file);
  return sceneYaml(camera, sceneView(cameras[camera]!));
}

function eachOnce(shapes: SceneEdit['zones'], kind: string): void {
  const ids = shapes.map(({ id }) => id);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) throw expected('each name once', kind, `${twice} again`);
}

export function writeConfigFile(file: string, text: string): Promise<void> {
  return writeWhole(file, text);
}

/** @returns nothing of a file that cannot be read */
export async function versionOfFile(file: string): Promise<string | undefined> {
  const bytes = await readConfigFile(file).catch(() => undefined);
  return bytes && versionOf(bytes);
}

export function versionOf(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('base64url');
}

function sceneYaml(camera: string, { zones, lines, masks }: SceneView): string {
  const filled = Object.entries(masks).filter(([, all]) => all.length > 0);
  const keys = {
    ...(Object.keys(zones).length > 0 && { zones }),
    ...(Object.keys(lines).length > 0 && { lines }),
    ...(filled.length > 0 && { masks: Object.fromEntries(filled) }),
  };
  return `cameras:\n${camerasYaml({ [camera]: keys })}\n`;
}
