// A YAML text + random numbers -> the same with one to four things wrong, as slips and attackers make them.

type Random = () => number;

const values = [
  ...['0', '-1', '-0', '1.5', '1e400', '.nan', '.inf', '0x10', '0o17', '1_000', '99999999999999999999'],
  ...['', '~', 'true', 'no', '[]', '{}', '[[0, 0], [1, 1]]', '{ a: 1 }', '[1, [2, [3]]]', '2001-01-01'],
  ...['"a/b"', '"+"', '"#"', '"../../etc/passwd"', '".."', '"$SYS/x"', '"a\\0b"', '"a\\nb"', '"\\uD800"'],
  ...[
    `"\${HOME}"`,
    `"\${UNSET_NAME}"`,
    `"\${"`,
    `"$\${A}"`,
    `"\${}"`,
    `"\${__proto__}"`,
    `"\${constructor}"`,
  ],
  ...['*nobody', '&a [*a]', '&b { b: *b }', '!!binary aGk=', '!!js/function "f"', '!!set { a }', '!x y', '|'],
  ...['"rtsp://me:se3cret@host/%zz"', '"mqtt://[::1"', '"mqtt://h:99999"', '"ws://a b"', '"file:/a\\0b"'],
  ...['"test:ball?width=0&height=-1"', '"v4l2:/dev/video0 ! fakesink"', '"csi:-1"', '"rtsp://"', '"gst:! !"'],
];
const keys = [
  ...[
    '__proto__',
    '"__proto__"',
    '"\\x5f_proto__"',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
  ],
  ...['"a/b"', '"+"', '"#"', '".."', '"a\\0b"', '"a\\nb"', '<<', '1', '~', 'true', '? [a]\n', 'devise', '""'],
];
const marks = [
  ...[
    ':',
    ': ',
    '- ',
    '{',
    '}',
    '[',
    ']',
    ',',
    '#',
    '&a ',
    '*a',
    '!',
    '|',
    '>',
    '"',
    "'",
    '%',
    '@',
    '`',
    '?',
  ],
  ...['\t', '\u0000', '\ufeff', '\u2028', '\r', '\n---\n', '\n...\n', '\n%YAML 1.1\n---\n', '<<: ', '\ud83d'],
];
const units = ['x', 'a.', 'ab-', '{', `\${A}`, '%', 'é'];

export function spoilYaml(text: string, random: Random): string {
  let lines = text.split('\n');
  const below = (n: number) => Math.floor(random() * n);
  const pick = <T>(items: readonly T[]) => items[below(items.length)]!;
  const indent = () => ' '.repeat(2 * below(6));
  const put = (...added: string[]) => lines.splice(below(lines.length), 0, ...added);
  const change = (how: (line: string) => string) => {
    const at = below(lines.length);
    lines[at] = how(lines[at] ?? '');
  };
  const setValue = (value: string) =>
    change((line) => line.replace(/(:|-)( |$).*/, (_, mark) => `${mark} ${value}`));
  const setKey = (key: string) => change((line) => line.replace(/[\w"]+:/, () => `${key}:`));
  const nested = (open: string, close: string) => {
    const depth = 1 + below(900);
    return open.repeat(depth) + close.repeat(pick([depth, below(depth)]));
  };
  /** Each name stands for several of the one before. */
  const multiplied = (levels: number, width: number) => {
    const list = (i: number) => Array(width).fill(i === 0 ? 'x' : `*n${i - 1}`);
    const names = Array.from({ length: levels }, (_, i) => `n${i}: &n${i} [${list(i).join(', ')}]`);
    return [...names, `cameras: *n${levels - 1}`];
  };

  const faults: readonly (() => void)[] = [
    ...Array(6).fill(() => setValue(pick(values))),
    ...Array(3).fill(() => setKey(pick(keys))),
    () => put(`${indent()}${pick(keys)}: ${pick(values)}`),
    () => put(`${indent()}${pick(keys)}:`, `${indent()}${pick(keys)}: 1`),
    () => put(pick(lines)),
    () => lines.splice(below(lines.length), 1 + below(3)),
    () => change((line) => ' '.repeat(below(5)) + line.slice(below(4))),
    () => {
      lines = lines.slice(0, below(lines.length) + 1);
    },
    () =>
      change((line) => {
        const at = below(line.length + 1);
        return line.slice(0, at) + pick(marks) + line.slice(at + below(2));
      }),
    () => setValue(nested('[', ']')),
    () => setValue(nested('{ a: ', '}')),
    () => setValue(`"${pick(units).repeat(below(20_000))}"`),
    () => setKey(pick(units).repeat(below(1500))),
    () => put(...multiplied(2 + below(12), 1 + below(9))),
    () => {
      const key = pick(['  c', 'k', '  - ']);
      lines.push(...Array.from({ length: below(400) }, (_, i) => `${key}${i}: ${pick(values)}`));
    },
  ];
  for (let left = 1 + below(4); left > 0; left--) pick(faults)();
  return lines.join('\n');
}
