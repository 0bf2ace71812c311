// Prometheus text format -> metrics; anything that is not in the format is an error. Written from its specification.

interface Family {
  help: string;
  type: string;
  /** By name and labels, as written. */
  readonly samples: Map<string, number>;
}

const LABELS = String.raw`\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\n"])*",?)*\}`;
const SAMPLE = new RegExp(String.raw`^([a-zA-Z_:][\w:]*)(${LABELS})? (\S+)$`);

/** @throws for a line that fits nothing, a sample outside its family, a family or sample told twice */
export function parsePrometheus(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('no line feed at the end');
  const families = new Map<string, Family>();
  let current = '';
  for (const line of text.split('\n').slice(0, -1)) {
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (keyword === 'HELP') {
      if (families.has(name)) throw new Error(`again: ${line}`);
      families.set(name, { help: rest, type: '', samples: new Map() });
      current = name;
      continue;
    }
    const family = families.get(current);
    if (keyword === 'TYPE') {
      if (family === undefined || name !== current || !/^(counter|gauge|histogram)$/.test(rest))
        throw new Error(line);
      family.type = rest;
      continue;
    }
    const [, of = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
    const suffix = of.slice(current.length);
    const suffixes = family?.type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
    if (family === undefined || !of.startsWith(current) || !suffixes.includes(suffix))
      throw new Error(`stray: ${line}`);
    if (family.samples.has(of + labels) || Number.isNaN(Number(value)))
      throw new Error(`again or no number: ${line}`);
    family.samples.set(of + labels, Number(value));
  }
  return families;
}
