// Text -> a configuration file in a folder of its own.

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const SMALLEST = `device: porch
mqtt: { url: "mqtt://127.0.0.1:1883" }
cameras:
  door: { source: "rtsp://camera.local/stream" }
`;

export function configFile(text: string, others: Readonly<Record<string, string | Buffer>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'config-'));
  for (const [name, content] of Object.entries(others)) writeFileSync(join(folder, name), content);
  const file = join(folder, 'c.yaml');
  writeFileSync(file, text);
  return file;
}
