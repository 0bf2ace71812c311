// What a capture process wrote before it ended -> the line that says why.

import { expect, test } from 'vitest';
import { lastWords } from '../../../pipelines/capture/process.js';

test.each([
  [
    `node:internal/modules/cjs/loader:1651
  return process.dlopen(module, path.toNamespacedPath(filename));
                 ^

Error: The module '/x/gstreamer-superficial.node'
was compiled against a different Node.js version using
NODE_MODULE_VERSION 115.
    at Object..node (node:internal/modules/cjs/loader:1651:18) {
  code: 'ERR_DLOPEN_FAILED'
}

Node.js v24.21.0
`,
    "Error: The module '/x/gstreamer-superficial.node'",
  ],
  ['TypeError [ERR_X]: no\n    at x\n\nNode.js v20.1.0\n', 'TypeError [ERR_X]: no'],
  ['something\n(node:1): GStreamer-CRITICAL **: gone\n', '(node:1): GStreamer-CRITICAL **: gone'],
  ['Node.js v20.1.0', ''],
  ['', ''],
])('%s', (text, line) => {
  expect(lastWords(text)).toBe(line);
});
