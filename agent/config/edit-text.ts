// YAML text and changes of single keys -> the same text with them; comments and whatever is not changed stay as they are.

import { isDeepStrictEqual } from 'node:util';
import {
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
} from 'yaml';
import { type CspcamError, expected } from '#common/errors.js';
import type { KeyPath } from './document.js';
import { blockLines, flowText, keyText, type Value } from './yaml-text.js';

/** Of a key or of a place in a list. A set one that is not there yet comes after the others. */
export type Change =
  | { readonly kind: 'set'; readonly path: KeyPath; readonly value: Value }
  | { readonly kind: 'remove'; readonly path: KeyPath }
  | { readonly kind: 'rename'; readonly path: KeyPath; readonly to: string };

/**
 * Pieces of the text are replaced, one change after the other, and what came of it is read again: where that is not what
 * was wanted (a list that other places share by its name, say), nothing has changed.
 *
 * @param where the file, for the message
 * @throws CspcamError for a text in which that cannot be done without changing anything else
 */
export function withChanges(text: string, changes: readonly Change[], where: string): string {
  const wanted = valuesWithChanges(text, changes, where);
  let changed: string | undefined = text;
  for (const change of changes) changed = changed && changedText(changed, change);
  if (changed !== undefined && isDeepStrictEqual(valuesOf(changed), wanted)) return changed;
  throw unchangeable(where);
}

/**
 * What the text stands for, with the changes, whether or not they can be made in the text.
 *
 * @param where the file, for the message
 * @throws CspcamError for what is no YAML, and for changes that are none of values
 */
export function valuesWithChanges(text: string, changes: readonly Change[], where: string): unknown {
  // Such a step would lead out of the values, to what all objects inherit.
  const isInside = changes.every(
    ({ path, ...change }) => ![...path, 'to' in change && change.to].includes('__proto__'),
  );
  const values = isInside ? structuredClone(valuesOf(text)) : undefined;
  if (values === undefined) throw unchangeable(where);
  for (const change of changes) changeValues(values, change);
  return values;
}

function unchangeable(where: string): CspcamError {
  return expected('a file in which this can be changed alone', where, 'another: change it by hand');
}

const OPTIONS = { stringKeys: true, merge: true } as const;

function valuesOf(text: string): unknown {
  const document = parseDocument(text, OPTIONS);
  return document.errors.length > 0 ? undefined : document.toJS();
}

/** A mapping or list of which nothing is left goes too: all that is changed here is as good as empty without it. */
function changeValues(values: unknown, change: Change): void {
  const at = (path: KeyPath) =>
    path.reduce<Record<string, unknown>>(
      (of, step) => (of?.[step] ?? {}) as Record<string, unknown>,
      values as Record<string, unknown>,
    );
  const last = String(change.path.at(-1));
  if (change.kind === 'set') {
    let of = values as Record<string, unknown>;
    for (const step of change.path.slice(0, -1)) {
      of[step] ??= {};
      of = of[step] as Record<string, unknown>;
    }
    of[last] = structuredClone(change.value);
    return;
  }
  const of = at(change.path.slice(0, -1));
  if (change.kind === 'rename') {
    const entries = Object.entries(of).map(
      ([key, value]) => [key === last ? change.to : key, value] as const,
    );
    for (const key of Object.keys(of)) delete of[key];
    Object.assign(of, Object.fromEntries(entries));
  } else if (Object.keys(of).length <= 1 && change.path.length > 1) {
    changeValues(values, { kind: 'remove', path: change.path.slice(0, -1) });
  } else if (Array.isArray(of)) of.splice(Number(last), 1);
  else delete of[last];
}

/** A piece of the text, and what stands in its place. */
interface Splice {
  readonly from: number;
  readonly to: number;
  readonly by: string;
}

function changedText(text: string, change: Change): string | undefined {
  const { contents } = parseDocument(text, OPTIONS);
  const splice = contents === null ? undefined : spliceOf(text, contents as Node, change);
  return splice && text.slice(0, splice.from) + splice.by + text.slice(splice.to);
}

function spliceOf(text: string, root: Node, change: Change): Splice | undefined {
  const { path } = change;
  if (change.kind === 'set') return setSplice(text, root, path, change.value);
  const parent = nodeAt(root, path.slice(0, -1));
  if (change.kind === 'rename') {
    const key = isMap(parent) ? pairAt(parent.items as Pair[], path.at(-1)!)?.key : undefined;
    const range = isScalar(key) ? key.range : undefined;
    return range ? { from: range[0], to: range[1], by: keyText(change.to) } : undefined;
  }
  if (!isCollection(parent)) return undefined;
  if (parent.items.length === 1 && path.length > 1)
    return spliceOf(text, root, { kind: 'remove', path: path.slice(0, -1) });
  return removeSplice(text, parent, path.at(-1)!);
}

function nodeAt(root: Node, path: KeyPath): Node | undefined {
  let node: Node | undefined = root;
  for (const step of path) {
    if (isMap(node)) node = (pairAt(node.items as Pair[], step)?.value ?? undefined) as Node | undefined;
    else if (isSeq(node)) node = node.items[Number(step)] as Node | undefined;
    else return undefined;
  }
  return node;
}

function pairAt(items: readonly Pair[], step: string | number): Pair | undefined {
  return items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
}

function setSplice(text: string, root: Node, path: KeyPath, value: Value): Splice | undefined {
  let node: Node | undefined = root;
  for (const [i, step] of path.entries()) {
    const rest = path.slice(i + 1).reduceRight<Value>((inner, key) => ({ [String(key)]: inner }), value);
    if (isMap(node)) {
      const pair = pairAt(node.items as Pair[], step);
      if (pair === undefined) return insertSplice(text, node, rest, String(step));
      if (i === path.length - 1 || isEmpty(pair.value as Node))
        return replaceSplice(text, pair.value as Node, rest);
      node = pair.value as Node;
    } else if (isSeq(node)) {
      const item = node.items[Number(step)] as Node | undefined;
      if (item === undefined) return insertSplice(text, node, rest);
      if (i === path.length - 1) return replaceSplice(text, item, rest);
      node = item;
    } else return undefined;
  }
  return undefined;
}

function isEmpty(node: Node | null): boolean {
  return (isScalar(node) && node.value === null) || (isCollection(node) && node.items.length === 0);
}

function replaceSplice(text: string, node: Node | null, value: Value): Splice | undefined {
  const range = node?.range;
  if (!node || !range || isAlias(node)) return undefined;
  const from = range[0];
  if (isCollection(node) && !node.flow && node.items.length > 0) {
    if (!isSeq(node) || !Array.isArray(value)) return undefined;
    const indent = ' '.repeat(columnOf(text, from));
    return { from, to: endOf(text, node), by: value.map((one) => `- ${flowText(one)}`).join(`\n${indent}`) };
  }
  const to = endOf(text, node);
  // Nothing after the colon, or a comment alone.
  const isNothing = from === to;
  const before = isNothing && text[from - 1] === ':' ? ' ' : '';
  const after = isNothing && text[to] === '#' ? ' ' : '';
  return { from, to, by: `${before}${flowText(value)}${after}` };
}

/** @param key of a mapping */
function insertSplice(text: string, into: Node, value: Value, key?: string): Splice | undefined {
  if (!isCollection(into) || !into.range) return undefined;
  const own = flowText(key === undefined ? value : { [key]: value });
  const last = into.items.at(-1) as Node | Pair | undefined;
  if (into.flow || last === undefined) {
    if (last === undefined)
      return { from: into.range[0], to: into.range[1], by: key === undefined ? `[${own}]` : own };
    const end = endOf(text, last);
    return { from: end, to: end, by: `, ${key === undefined ? own : own.slice(2, -2)}` };
  }
  const indent = columnOf(text, isSeq(into) ? into.range[0] : startOf(into.items[0] as Pair));
  const lines = key === undefined ? [`${' '.repeat(indent)}- ${own}`] : blockLines(key, value, indent);
  const end = lineEnd(text, endOf(text, last));
  const ended = end > 0 && text[end - 1] === '\n' ? '' : '\n';
  return { from: end, to: end, by: `${ended}${lines.map((line) => `${line}\n`).join('')}` };
}

function removeSplice(text: string, of: Node, step: string | number): Splice | undefined {
  if (!isCollection(of)) return undefined;
  const items = of.items as (Node | Pair)[];
  const index = isMap(of) ? items.indexOf(pairAt(of.items as Pair[], step)!) : Number(step);
  const item = items[index];
  if (item === undefined) return undefined;
  const next = items[index + 1];
  if (!of.flow) {
    const from = text.lastIndexOf('\n', startOf(item) - 1) + 1;
    return { from, to: lineEnd(text, endOf(text, item)), by: '' };
  }
  if (index === 0)
    return { from: startOf(item), to: next === undefined ? endOf(text, item) : startOf(next), by: '' };
  return { from: endOf(text, items[index - 1]!), to: endOf(text, item), by: '' };
}

function startOf(item: Node | Pair): number {
  const node = (isPair(item) ? item.key : item) as Node;
  return node.range?.[0] ?? 0;
}

/** Without the comments and line ends that the parser counts to the last of a block, or to a text on lines of its own. */
function endOf(text: string, item: Node | Pair): number {
  const node = (isPair(item) ? (item.value ?? item.key) : item) as Node;
  const last = isCollection(node) && !node.flow ? node.items.at(-1) : undefined;
  if (last !== undefined) return endOf(text, last as Node | Pair);
  const end = node.range?.[1] ?? 0;
  return isScalar(node) && text[end - 1] === '\n' ? end - 1 : end;
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1);
}

/** After the line feed of the line, or the end of the text. */
function lineEnd(text: string, offset: number): number {
  const at = text.indexOf('\n', offset);
  return at === -1 ? text.length : at + 1;
}
