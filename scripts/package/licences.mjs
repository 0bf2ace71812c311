// The tree that ships -> one text: which packages of others are in it, their licences, and each licence's words.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installedPackages } from './installed.mjs';

const textFile = /^(licen[cs]e|copying|notice|unlicense)([.-].*)?$/i;
const rule = '-'.repeat(78);

function textsIn(folder, name) {
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && textFile.test(entry.name))
    .map((entry) => entry.name)
    .sort();
  // The prebuilt libraries of sharp tell what they consist of, and its licences, in their README.
  if (files.length === 0 && name.startsWith('@img/')) files.push('README.md');
  return files.map((file) => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim());
}

/** @param nodeFolder with the LICENSE of Node, which has those of its parts */
export function licencesOfOthers(tree, nodeFolder) {
  /** Text -> the packages that come with it: most texts are of many. */
  const holders = new Map();
  const holds = (text, holder) => holders.set(text, [...(holders.get(text) ?? []), holder]);
  const list = [];
  const without = [];
  for (const { path, name, version, license } of installedPackages(tree)) {
    const title = `${name} ${version}`;
    // Some still declare it as npm once wanted it: { type, url }.
    list.push(`${title}: ${license?.type ?? license ?? 'not declared'}`);
    const texts = textsIn(join(tree, path), name);
    if (texts.length === 0) without.push(title);
    for (const text of texts) holds(text, title);
  }
  holds(readFileSync(join(nodeFolder, 'LICENSE'), 'utf8').trim(), 'Node.js, in bin/node');

  const parts = [
    'Packages, and the licence that each declares:',
    [...new Set(list)].sort().join('\n'),
    'These come without the text of their licence; what they declare is in the list above:',
    [...new Set(without)].sort().join('\n'),
    ...[...holders].map(([text, of]) => `${rule}\n${[...new Set(of)].join('\n')}\n${rule}\n\n${text}`),
  ];
  return `${parts.join('\n\n')}\n`;
}
