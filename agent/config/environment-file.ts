// The text of an `EnvironmentFile=` of systemd -> its variables, as systemd.exec(5) says. Pure.

const SPACE = /[ \t\r]/;
const NAME = /^[A-Za-z_]\w*$/;
/** What a backslash within double quotes takes its meaning from; before anything else it stays. */
const QUOTABLE = '"\\`$';

/** The last of a name counts; what has no `=`, or a name that is none, is passed over. */
export function environmentIn(text: string): Readonly<Record<string, string>> {
  const variables: Record<string, string> = {};
  let at = 0;
  while (at < text.length) {
    const end = lineEnd(text, at);
    const line = text.slice(at, end).trimStart();
    const equals = text.indexOf('=', at);
    if (line.startsWith('#') || line.startsWith(';') || equals < 0 || equals > end) {
      at = end + 1;
      continue;
    }
    const name = text.slice(at, equals).trim();
    const read = valueAt(text, equals + 1);
    if (NAME.test(name)) variables[name] = read.value;
    at = read.end + 1;
  }
  return variables;
}

/** Quoted pieces beside each other are one value, which ends with its line; a rest without quotes ends it. */
function valueAt(text: string, start: number): { readonly value: string; readonly end: number } {
  let value = '';
  let at = start;
  while (at < text.length && text[at] !== '\n') {
    const character = text[at]!;
    if (SPACE.test(character)) at++;
    else if (character === '"' || character === "'") {
      const piece = quotedAt(text, at + 1, character);
      value += piece.value;
      at = piece.end + 1;
    } else {
      const piece = plainAt(text, at);
      return { value: value + piece.value, end: piece.end };
    }
  }
  return { value, end: at };
}

/** To the quote that ends it, or the end of the text. */
function quotedAt(text: string, start: number, quote: '"' | "'") {
  let value = '';
  let at = start;
  for (; at < text.length && text[at] !== quote; at++) {
    if (text[at] !== '\\' || quote === "'") value += text[at];
    else {
      at++;
      const next = text[at] ?? '';
      if (next !== '\n') value += QUOTABLE.includes(next) ? next : `\\${next}`;
    }
  }
  return { value, end: at };
}

/** To the end of the line, but for one that a backslash continues; without white space at the end. */
function plainAt(text: string, start: number) {
  let value = '';
  let length = 0;
  let at = start;
  for (; at < text.length && text[at] !== '\n'; at++) {
    const isEscaped = text[at] === '\\';
    if (isEscaped) at++;
    const character = text[at] ?? '';
    if (isEscaped && character === '\n') continue;
    value += character;
    if (isEscaped || !SPACE.test(character)) length = value.length;
  }
  return { value: value.slice(0, length), end: at };
}

function lineEnd(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  return end < 0 ? text.length : end;
}
