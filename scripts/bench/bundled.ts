// -> The model folder that most benchmarks take where none is named.

import { packageFile } from '#common/package.js';

export const BUNDLED = packageFile('dist/models/default');
