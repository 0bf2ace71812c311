// What may stand in place of a model folder.

/** The best one is to be chosen. */
export const AUTO = 'auto';

/** Models that come with cspcam; a folder of such a name is written as ./small. */
const BUNDLED_NAMES = ['default', 'small'] as const;
export type BundledName = (typeof BUNDLED_NAMES)[number];

export function isBundledName(model: string): model is BundledName {
  return (BUNDLED_NAMES as readonly string[]).includes(model);
}
