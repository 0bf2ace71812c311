// Darknet .cfg, .weights and class names -> model folder.

import { basename, extname } from 'node:path';
import { importDarknet } from '../../../models/darknet/model.js';
import { writeModelFolder } from '../../../models/folder/folder.js';
import { read, readNames, sha256 } from './files.js';
import { print, sentence, summary } from './text.js';
import { withVoting } from './with-voting.js';

export interface DarknetImport {
  readonly cfg: string;
  readonly weights: string;
  readonly names: string;
  readonly out: string;
  readonly name?: string;
  /** Input width and height in place of the cfg's. */
  readonly size?: number;
  readonly plain: boolean;
  /** IoU from which on suppressed boxes help to place the one that is kept. */
  readonly boxVoting?: number;
  readonly json: boolean;
}

export async function importDarknetFiles(options: DarknetImport): Promise<void> {
  const [cfg, weights] = await Promise.all([options.cfg, options.weights].map(read));
  const names = await readNames(options.names);
  const file = (path: string) => basename(path);
  const model = importDarknet(
    {
      cfg: { text: cfg!.toString('utf8'), file: file(options.cfg) },
      weights: { bytes: weights!, file: file(options.weights) },
      names: { text: names, file: file(options.names) },
    },
    {
      name: options.name ?? basename(options.cfg, extname(options.cfg)),
      ...(options.size === undefined ? {} : { size: options.size }),
      plain: options.plain,
      provenance: {
        format: 'darknet',
        cfg: { file: file(options.cfg), sha256: sha256(cfg!) },
        weights: { file: file(options.weights), sha256: sha256(weights!) },
      },
    },
  );
  const { description } = await writeModelFolder(
    options.out,
    withVoting(model.description, options.boxVoting),
    model.network,
    model.darknet,
  );
  if (options.json) print(JSON.stringify(summary(description)));
  else print(`${options.out}: ${sentence(description)}`);
}
