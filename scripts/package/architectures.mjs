// Debian's name of an architecture -> what npm, Node and the compilers call it.

export const architectures = {
  amd64: { npm: 'x64', triple: 'x86_64-linux-gnu' },
  arm64: { npm: 'arm64', triple: 'aarch64-linux-gnu' },
};

/** @throws Error where it is none of them */
export function namesOf(architecture) {
  const names = architectures[architecture];
  if (names === undefined)
    throw new Error(
      `expected one of ${Object.keys(architectures).join(', ')} for --arch, received ${architecture}`,
    );
  return names;
}
