// Cameras -> the YAML that goes below `cameras:` of a configuration.

import { stringify } from 'yaml';

/** @param cameras by id, with the keys of a camera */
export function camerasYaml(cameras: Readonly<Record<string, object>>): string {
  const text = stringify(cameras, {
    defaultStringType: 'QUOTE_DOUBLE',
    defaultKeyType: 'PLAIN',
    lineWidth: 0,
  });
  return text.trimEnd().replace(/^/gm, '  ');
}
