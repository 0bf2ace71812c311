// What several schemas have: counts, times, sizes.

import { z } from 'zod';

export const count = z.int().min(0);
export const amount = z.number().min(0);
export const instant = z.iso.datetime().describe('UTC, milliseconds');
export const size = z.strictObject({ width: count, height: count });
