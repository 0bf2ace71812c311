// What was chosen -> the configuration as text, and its secrets. Pure.

import { configTemplate } from '../config/template.js';
import { type ChosenPage, PAGE_VARIABLE } from './page-step.js';
import type { MqttKeys } from './try-broker.js';
import type { CameraKeys, CameraLogin } from './try-camera.js';
import { freeVariable, type Variables } from './variables.js';

export interface Draft {
  readonly device: string;
  /** A password by the name of its variable. */
  readonly mqtt: MqttKeys;
  readonly cameras: Readonly<Record<string, CameraKeys>>;
  /** A password by the name of its variable. */
  readonly page?: ChosenPage | undefined;
  /** By the names of the variables that stand for them, as they are filled in. */
  readonly secrets: Readonly<Record<string, string>>;
}

export function secretsOf(logins: readonly CameraLogin[]): Record<string, string> {
  return Object.fromEntries(logins.map(({ variable, password }) => [variable, inAddress(password)]));
}

/** As it stands in an address, which the configuration fills it into. */
export function inAddress(password: string): string {
  return encodeURIComponent(password);
}

export function withPage(draft: Draft, { password, ...keys }: ChosenPage, variables: Variables): Draft {
  if (password === undefined) return { ...draft, page: keys };
  const variable = freeVariable(PAGE_VARIABLE, password, variables);
  return {
    ...draft,
    page: { ...keys, password: `\${${variable}}` },
    secrets: { ...draft.secrets, [variable]: password },
  };
}

/** With every other key commented out beside those that are set. Machine and model are found at each start. */
export function draftText({ device, mqtt, cameras, page }: Draft): string {
  return configTemplate({ device, mqtt, model: 'auto', profile: 'auto', cameras, ...(page && { page }) });
}

/** A name that MQTT and the configuration take, from that of a machine. */
export function deviceName(hostname: string): string {
  const name = hostname
    .toLowerCase()
    .replace(/\..*$/, '')
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[-_]+|[-_]+$/g, '')
    .slice(0, 60);
  return name === '' ? 'cspcam' : name;
}
