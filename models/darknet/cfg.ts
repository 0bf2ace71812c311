// Text of a Darknet .cfg -> sections with typed options that know their file and line.

import { CspcamError, expected } from '#common/errors.js';

export class CfgSection {
  readonly #options = new Map<string, { text: string; line: number }>();

  constructor(
    readonly name: string,
    readonly file: string,
    readonly line: number,
  ) {}

  add(key: string, text: string, line: number): void {
    // Darknet looks from the front: of a key that is there twice the first counts.
    if (!this.#options.has(key)) this.#options.set(key, { text, line });
  }

  /** For error messages: `[route] layers (yolo.cfg:88)`. */
  where(key: string): string {
    return `[${this.name}] ${key} (${this.file}:${this.#options.get(key)?.line ?? this.line})`;
  }

  text(key: string): string | undefined {
    return this.#options.get(key)?.text;
  }

  number(key: string, fallback: number): number {
    const text = this.text(key);
    return text === undefined ? fallback : this.#toNumber(key, text, text);
  }

  integer(key: string, fallback: number): number {
    const value = this.number(key, fallback);
    if (!Number.isSafeInteger(value)) throw expected('an integer', this.where(key), this.text(key));
    return value;
  }

  /** An integer from 1 to 65,536: larger sizes are mistakes and would exhaust memory. */
  positive(key: string, fallback: number): number {
    const value = this.integer(key, fallback);
    if (value < 1 || value > 65_536) throw expected('an integer from 1 to 65536', this.where(key), value);
    return value;
  }

  numbers(key: string): number[] {
    const text = this.text(key);
    if (text === undefined) throw expected('a list of numbers', this.where(key), undefined);
    return text
      .split(',')
      .map((item) => item.trim())
      .filter((item, i, all) => item !== '' || i < all.length - 1)
      .map((item) => this.#toNumber(key, item, text));
  }

  /** Absolute indices of layers before `index`; negative numbers count backwards. */
  layers(key: string, index: number): number[] {
    const found = this.numbers(key).map((value) => {
      const absolute = value < 0 ? index + value : value;
      if (!Number.isInteger(absolute) || absolute < 0 || absolute >= index)
        throw expected(`layers before layer ${index}`, this.where(key), value);
      return absolute;
    });
    if (found.length === 0) throw expected('at least one layer', this.where(key), this.text(key));
    return found;
  }

  layer(key: string, index: number): number {
    const found = this.layers(key, index);
    if (found.length !== 1) throw expected('one layer', this.where(key), this.text(key));
    return found[0]!;
  }

  #toNumber(key: string, item: string, text: string): number {
    // Number('') is 0 and Number('0x10') is 16: neither is what a cfg means.
    const value = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(item) ? Number(item) : Number.NaN;
    if (!Number.isFinite(value)) throw expected('a number', this.where(key), text);
    return value;
  }
}

/** @param file name for error messages */
export function parseCfg(text: string, file: string): CfgSection[] {
  const sections: CfgSection[] = [];
  text.split(/\r?\n/).forEach((raw, i) => {
    const line = raw.replace(/[#;].*$/, '').trim();
    if (line === '') return;
    const header = /^\[\s*([A-Za-z0-9_]+)\s*\]$/.exec(line);
    if (header) {
      sections.push(new CfgSection(header[1]!.toLowerCase(), file, i + 1));
      return;
    }
    const option = /^([A-Za-z0-9_]+)\s*=\s*(.*)$/.exec(line);
    const section = sections.at(-1);
    if (!option || !section)
      throw new CspcamError(
        `expected [section] or key=value at ${file}:${i + 1}, received ${line.slice(0, 80)}`,
      );
    section.add(option[1]!, option[2]!.trim(), i + 1);
  });
  return sections;
}
