// An answer of an RTSP camera + random numbers -> the same with one to four things wrong, as slips and attackers make them.

import { spoilBytes } from './spoil.js';

type Random = () => number;

const numbers = [
  '0',
  '-1',
  '1',
  '65535',
  '65536',
  '99999',
  '4294967296',
  '1e9',
  '999999999',
  '',
  '0x10',
  '00200',
];
const texts = [
  ...[
    '\r\n',
    '\n',
    '\r',
    '\r\n\r\n',
    '\u0000',
    '\u001b[31m',
    '"',
    '\\',
    ',',
    ';',
    ':',
    '=',
    ' ',
    '$',
    '/',
    '%zz',
  ],
  ...[
    'rtsp://10.9.8.7/x',
    'rtsp://u:p@h:99999/',
    'rtsp://[::1',
    '//',
    '../..',
    '*',
    'm=video 0 RTP/AVP 26\r\n',
  ],
  ...['a=control:rtsp://10.9.8.7/x\r\n', 'RTSP/1.0 200 OK\r\n', 'Content-Length: 5\r\n', 'a'.repeat(5000)],
  ...[
    'WWW-Authenticate: Digest nonce="x"\r\n',
    'WWW-Authenticate: Basic\r\n',
    'interleaved=255-0',
    'server_port=0-0',
  ],
];

export function spoilAnswer(text: string, random: Random): Buffer {
  let spoilt = text;
  const below = (n: number) => Math.floor(random() * n);
  const pick = <T>(items: readonly T[]) => items[below(items.length)]!;
  const lines = () => spoilt.split('\r\n');
  const faults: readonly (() => void)[] = [
    () => {
      const all = [...spoilt.matchAll(/\d+/g)];
      const at = all[below(all.length)];
      if (at) spoilt = spoilt.slice(0, at.index) + pick(numbers) + spoilt.slice(at.index + at[0].length);
    },
    () => {
      const at = below(spoilt.length + 1);
      spoilt = spoilt.slice(0, at) + pick(texts) + spoilt.slice(at);
    },
    () => {
      spoilt = lines()
        .toSpliced(below(lines().length), 1 + below(3))
        .join('\r\n');
    },
    () => {
      const all = lines();
      const line = pick(all);
      spoilt = all.toSpliced(below(all.length), 0, ...Array<string>(1 + below(200)).fill(line)).join('\r\n');
    },
    () => {
      spoilt = spoilt.slice(0, below(spoilt.length));
    },
    () => {
      spoilt = spoilt.replace('Content-Length', 'X');
    },
  ];
  for (let left = 1 + below(3); left > 0; left--) pick(faults)();
  const bytes = Buffer.from(spoilt, 'latin1');
  return random() < 0.3 ? Buffer.from(spoilBytes(bytes, random)) : bytes;
}
