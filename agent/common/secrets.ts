// Secrets, told once by whoever reads them -> text in which none of them stands, however it is written there.

const HIDDEN = '***';

/** What is shorter would be found in words that have nothing to do with it. */
const SHORTEST = 4;

interface Secret {
  readonly pattern: RegExp;
  /** What stands in its place. */
  readonly shown: string;
}

/** By value, the longest first: one may be a part of another. */
let secrets: readonly (Secret & { readonly value: string })[] = [];

/**
 * From now on `withoutSecrets` hides the value: in clear, percent-encoded, escaped as in JSON, XML, shells or launch
 * strings of GStreamer. Other encodings, as that of a Basic login, are values of their own. Those of less than 4
 * characters are left alone.
 *
 * @param shown in its place, for example the name of the variable that holds it
 */
export function keepSecret(value: string, shown = HIDDEN): void {
  if (value.length < SHORTEST || secrets.some((one) => one.value === value)) return;
  const one = { value, shown, pattern: new RegExp([...value].map(anyForm).join(''), 'g') };
  secrets = [...secrets, one].sort((a, b) => b.value.length - a.value.length);
}

export function withoutSecrets(text: string): string {
  return secrets.reduce((left, { pattern, shown }) => left.replace(pattern, () => shown), text);
}

/** For tests: what a process has been told stays for its whole life. */
export function forgetSecrets(): void {
  secrets = [];
}

/** One character -> a pattern of every way to write it. */
function anyForm(character: string): string {
  const percent = [...Buffer.from(character)].map((byte) => `%${anyCase(hex(byte, 2))}`).join('');
  const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
  const json = units.map((unit) => `\\\\u${anyCase(hex(unit, 4))}`).join('');
  const plain = character.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  const escaped = character === '\\' ? '\\\\{1,2}' : `\\\\{0,2}${plain}`;
  const entity = `&#${character.codePointAt(0)};`;
  const space = character === ' ' ? '|\\+' : '';
  return `(?:${escaped}|${percent}|${json}|${entity}${space})`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

function anyCase(digits: string): string {
  return digits.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
}
