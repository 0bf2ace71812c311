// The models that come with the package: folder below models and, once built, below dist/models -> name of the network.

export const BUNDLED = { default: 'csppeleenet-efm-sam', small: 'cspdensenetb-ref-prn' };

/** @param folder as typed; ends the program where it is none of them */
export function expectBundled(folder) {
  if (Object.hasOwn(BUNDLED, folder)) return;
  process.stderr.write(
    `expected one of ${Object.keys(BUNDLED).join(', ')}, received ${folder ?? 'nothing'}\n`,
  );
  process.exit(2);
}
