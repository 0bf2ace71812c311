// `--model` of the commands that run one model.

import { Option } from 'commander';

export function modelOption(): Option {
  return new Option(
    '--model <directory>',
    'model folder, or default or small, which come with cspcam (default: default)',
  );
}
