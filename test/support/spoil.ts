// A file + random numbers -> the same file with one to four things wrong.

type Random = () => number;

const numbers = [
  '0',
  '-1',
  '1',
  '2',
  '3',
  '7',
  '65535',
  '65536',
  '65537',
  '2147483648',
  '1e9',
  '1e308',
  '1e999',
  '-0',
  '0.5',
  'NaN',
  'Infinity',
  '0x10',
  '',
  '-1,-2,-3',
  '1,1,1,1',
];
const texts = [
  '[',
  ']',
  '=',
  '\u0000',
  '\ufeff',
  'ü',
  '[net]\n',
  '[yolo]\n',
  '[convolutional]\n',
  '#',
  '\r',
  ',',
];

export function spoilText(text: string, random: Random): string {
  let lines = text.split('\n');
  const below = (n: number) => Math.floor(random() * n);
  const pick = <T>(items: readonly T[]) => items[below(items.length)]!;
  const faults: readonly (() => void)[] = [
    // A number of another size, where most of what a cfg says is.
    ...Array.from({ length: 5 }, () => () => {
      const at = pick([...lines.keys()].filter((i) => lines[i]!.includes('=')));
      if (at !== undefined) lines[at] = lines[at]!.replace(/=.*/, `=${pick(numbers)}`);
    }),
    () => lines.splice(below(lines.length), 1 + below(3)),
    () => lines.splice(below(lines.length), 0, lines[below(lines.length)]!),
    () => {
      const [a, b] = [below(lines.length), below(lines.length)];
      [lines[a], lines[b]] = [lines[b]!, lines[a]!];
    },
    () => {
      lines = lines.slice(0, below(lines.length));
    },
    () => {
      const at = below(lines.length);
      const column = below((lines[at] ?? '').length + 1);
      lines[at] = `${(lines[at] ?? '').slice(0, column)}${pick(texts)}${(lines[at] ?? '').slice(column)}`;
    },
  ];
  for (let left = 1 + below(3); left > 0; left--) pick(faults)();
  return lines.join('\n');
}

export function spoilBytes(bytes: Uint8Array, random: Random): Uint8Array {
  let spoilt = Uint8Array.from(bytes);
  const below = (n: number) => Math.floor(random() * n);
  const faults: readonly (() => void)[] = [
    () => {
      const at = below(spoilt.length);
      spoilt[at] = spoilt[at]! ^ (1 << below(8));
    },
    () => {
      const at = below(Math.min(64, spoilt.length));
      spoilt[at] = below(256);
    },
    () => {
      const at = below(spoilt.length);
      spoilt.fill(255, at, at + 1 + below(8));
    },
    () => {
      spoilt = spoilt.slice(0, below(spoilt.length));
    },
    () => {
      const at = below(spoilt.length);
      spoilt = Uint8Array.from([...spoilt.subarray(0, at), ...spoilt.subarray(at + 1 + below(9))]);
    },
    () => {
      spoilt = Uint8Array.from([...spoilt, ...spoilt.subarray(0, below(40))]);
    },
  ];
  for (let left = 1 + below(4); left > 0; left--) if (spoilt.length > 0) faults[below(faults.length)]!();
  return spoilt;
}
