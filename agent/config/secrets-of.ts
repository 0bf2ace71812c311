// A configuration and what was filled in -> its secrets, told to whoever hides them.

import { basic, secretsIn } from '#common/redact.js';
import { keepSecret } from '#common/secrets.js';
import type { FilledIn } from './fill-in.js';
import type { Config } from './schema.js';

/** Keys that become topics and names, which everybody sees. */
const PUBLIC = /^(device|profile|log\..*|mqtt\.(base|clientId|homeAssistant\.prefix|encodings\..*))$/;

/** Before the configuration is checked: its problems are printed too. */
export function keepFilledIn(filledIn: readonly FilledIn[]): void {
  const seen = new Set(filledIn.filter(({ key }) => PUBLIC.test(key)).map(({ name }) => name));
  for (const { name, value } of filledIn) if (!seen.has(name)) keepSecret(value, `\${${name}}`);
}

export function keepSecretsOf({ mqtt, page, cameras }: Config): void {
  if (page?.password !== undefined) keepSecret(page.password);
  for (const { username, password } of [mqtt, mqtt.embeddedBroker ?? {}]) {
    if (password === undefined) continue;
    keepSecret(password);
    if (username !== undefined) keepSecret(basic(username, password));
  }
  const addresses = Object.values(cameras).flatMap(({ source, detect }) => [source, detect ?? '']);
  for (const text of [mqtt.url, ...addresses]) for (const secret of secretsIn(text)) keepSecret(secret);
}
