// The compiled schemas -> the committed JSON Schema files. usage: node scripts/schemas.mjs [--check]

import { readFile, writeFile } from 'node:fs/promises';
import { benchJsonSchema } from '../dist/agent/bench/result.js';
import { submissionJsonSchema } from '../dist/agent/bench/submission/submission.js';
import { configJsonSchema } from '../dist/agent/config/schema.js';
import { profileJsonSchema } from '../dist/agent/device/profile.js';
import { doctorJsonSchema } from '../dist/agent/doctor/report.js';
import { messagesJsonSchema } from '../dist/agent/messaging/schemas.js';

const files = {
  'agent/bench/bench.schema.json': benchJsonSchema(),
  'agent/config/config.schema.json': configJsonSchema(),
  'agent/doctor/doctor.schema.json': doctorJsonSchema(),
  'agent/messaging/messages.schema.json': messagesJsonSchema(),
  'agent/bench/submission.schema.json': submissionJsonSchema(),
  'device-profiles/profile.schema.json': profileJsonSchema(),
};

for (const [file, schema] of Object.entries(files)) {
  const text = `${JSON.stringify(schema, null, 2)}\n`;
  const path = new URL(`../${file}`, import.meta.url);
  if (!process.argv.includes('--check')) await writeFile(path, text);
  else if ((await readFile(path, 'utf8').catch(() => '')) !== text) {
    process.stderr.write(`expected ${file} to be what the types say; npm run schema\n`);
    process.exitCode = 1;
  }
}
