// /proc/PID/smaps -> what a process has in memory, by what it is; several processes -> what they have together. Pure.

export interface Mapping {
  readonly start: number;
  readonly permissions: string;
  /** A file, a name in brackets, or nothing. */
  readonly name: string;
  readonly pssBytes: number;
  readonly residentBytes: number;
  /** Written to, and so of this process alone, whatever is mapped there. */
  readonly anonymousBytes: number;
}

/**
 * `malloc` has what native code took: weights and activations, decoded pictures, GStreamer's registry, pictures in buffers of
 * JavaScript, and what heaps keep for later. `files` are the pages of programs and libraries that nobody has written to,
 * `relocated` those that the dynamic linker has.
 */
export const KINDS = ['v8', 'code', 'malloc', 'relocated', 'node', 'onnxruntime', 'files'] as const;
export type Kind = (typeof KINDS)[number];
export type ByKind = Readonly<Record<Kind, number>>;

/** Each line of numbers belongs to the head before it. @param text of smaps */
export function parseSmaps(text: string): Mapping[] {
  const blocks = text.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).filter(Boolean);
  return blocks.map((block) => {
    const [, start = '', permissions = '', name = ''] =
      /^([0-9a-f]+)-\S+ (\S+) \S+ \S+ \d+[ \t]*(.*)$/m.exec(block) ?? [];
    const bytes = (key: string) =>
      1024 * Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(block)?.[1] ?? 0);
    return {
      start: Number.parseInt(start, 16),
      permissions,
      name,
      pssBytes: bytes('Pss'),
      residentBytes: bytes('Rss'),
      anonymousBytes: bytes('Anonymous'),
    };
  });
}

const isFile = ({ name }: Mapping) => name.startsWith('/');

/** V8 asks for addresses at random, which are terabytes from where the kernel puts what others map. */
const FAR_BYTES = 2 ** 36;

/** Proportional sizes: what several processes share is divided among them. */
export function byKind(mappings: readonly Mapping[]): ByKind {
  const files = mappings.filter(isFile);
  const isNearFile = ({ start }: Mapping) => files.some((file) => Math.abs(file.start - start) < FAR_BYTES);
  const sums = Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<Kind, number>;
  for (const mapping of mappings) {
    const { name, permissions, pssBytes, anonymousBytes } = mapping;
    if (isFile(mapping)) {
      const own = Math.min(pssBytes, anonymousBytes);
      sums.relocated += own;
      sums[ofFile(name)] += pssBytes - own;
    } else if (name !== '') sums.malloc += pssBytes;
    else if (permissions.includes('x')) sums.code += pssBytes;
    else sums[isNearFile(mapping) ? 'malloc' : 'v8'] += pssBytes;
  }
  return sums;
}

function ofFile(name: string): Kind {
  if (/\/node$/.test(name)) return 'node';
  return /\/libonnxruntime\.so/.test(name) ? 'onnxruntime' : 'files';
}

/**
 * Memory of processes that have the machine for themselves, at least: pages of files count once, as many as the process with
 * the most has of each. The proportional size is smaller where neighbours run the same programs.
 */
export function aloneBytes(processes: readonly (readonly Mapping[])[]): number {
  let own = 0;
  const most = new Map<string, number>();
  for (const mappings of processes) {
    const resident = new Map<string, number>();
    for (const mapping of mappings) {
      own += mapping.anonymousBytes;
      if (!isFile(mapping)) continue;
      const { name, residentBytes, anonymousBytes } = mapping;
      resident.set(name, (resident.get(name) ?? 0) + residentBytes - anonymousBytes);
    }
    for (const [name, bytes] of resident) most.set(name, Math.max(most.get(name) ?? 0, bytes));
  }
  return [...most.values()].reduce((sum, bytes) => sum + bytes, own);
}
