// YAML text of a configuration and more cameras -> the same text with them; comments and all else stay as they are.

import { isDeepStrictEqual } from 'node:util';
import { isMap, isScalar, type Pair, parseDocument, type Scalar, stringify, type YAMLMap } from 'yaml';
import { expected } from '#common/errors.js';

type Cameras = Readonly<Record<string, object>>;

/**
 * @param where the file, for the message
 * @throws CspcamError for a text in which that cannot be done without changing anything else
 */
export function withCameras(text: string, cameras: Cameras, where: string): string {
  const changed = changedText(text, cameras);
  const before = valuesOf(text);
  const all = { ...before, cameras: { ...cameras, ...(before?.['cameras'] as object) } };
  if (changed !== undefined && isDeepStrictEqual(all, valuesOf(changed))) return changed;
  const received = 'another; add them by hand: cspcam cameras discover prints them';
  throw expected('a file in which cameras stand below cameras:', where, received);
}

/** Before the first camera and what is said above it, with as much space before them. */
function changedText(text: string, cameras: Cameras): string | undefined {
  const { contents } = parseDocument(text);
  if (!isMap(contents)) return undefined;
  const pairs = contents.items as Pair<Scalar, YAMLMap<Scalar>>[];
  const present = pairs.find((pair) => isScalar(pair.key) && pair.key.value === 'cameras')?.value;
  const first = isMap(present) ? present.items[0]?.key.range?.[0] : undefined;
  if (first === undefined) return undefined;
  // JSON is YAML.
  const inFlow = Object.entries(cameras).map(
    ([id, keys]) => `${JSON.stringify(id)}: ${JSON.stringify(keys)}, `,
  );
  if (present?.flow) return `${text.slice(0, first)}${inFlow.join('')}${text.slice(first)}`;
  const line = text.lastIndexOf('\n', first - 1) + 1;
  const lead = text.slice(line, first);
  if (!/^ +$/.test(lead)) return undefined;
  const block = stringify(cameras, {
    defaultStringType: 'QUOTE_DOUBLE',
    defaultKeyType: 'PLAIN',
    lineWidth: 0,
  });
  const before = withoutLastComments(text.slice(0, line));
  return `${before}${block.trimEnd().replaceAll(/^/gm, lead)}\n${text.slice(before.length)}`;
}

/** Without the lines at its end that are comments alone. */
function withoutLastComments(text: string): string {
  const lines = text.split(/(?<=\n)/);
  const last = lines.findLastIndex((line) => !/^[ \t]*#/.test(line));
  return lines.slice(0, last + 1).join('');
}

function valuesOf(text: string): Record<string, unknown> | undefined {
  const document = parseDocument(text, { merge: true });
  if (document.errors.length > 0) return undefined;
  const values: unknown = document.toJS();
  return typeof values === 'object' && values !== null ? (values as Record<string, unknown>) : undefined;
}
