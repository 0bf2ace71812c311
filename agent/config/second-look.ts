// What a configuration file may say of second looks.

import { z } from 'zod';

/** Of all cameras, and of each. */
export const secondLook = z.union([z.boolean(), z.literal('auto')], 'true, false or auto');

export type SecondLookMode = z.output<typeof secondLook>;

/** What holds for a camera: its own, or that of all. */
export function secondLookOf(
  config: {
    readonly secondLook: SecondLookMode;
    readonly cameras: Readonly<Record<string, { readonly secondLook?: SecondLookMode | undefined }>>;
  },
  camera: string,
): SecondLookMode {
  return config.cameras[camera]?.secondLook ?? config.secondLook;
}
