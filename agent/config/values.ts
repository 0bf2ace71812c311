// Kinds of values that several keys have, and when checks across keys run.

import { z } from 'zod';

export const name = (of: string) =>
  z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9_-]{0,62}$/,
      `${of} of 1 to 63 lower case letters, digits, - and _, beginning with a letter or digit (it becomes part of MQTT topics)`,
    );

/** The longest text of any key: no path or address is longer, and what hides passwords takes the square of it. */
export const LONGEST_TEXT = 4096;

/** No file name or address has a NUL, and nobody sees one. */
export const text = z
  .string()
  .min(1)
  .max(LONGEST_TEXT)
  .regex(/^[^\0]*$/, 'text without NUL characters');
export const labels = z.array(text).min(1).optional();
/** Scores, and parts of a picture. */
export const part = z.number().min(0).max(1);
export const seconds = z.number().min(0).max(86_400);

/** Checks across keys run even where a single key is wrong, so that one run lists every problem. */
export function hasKeys({ value }: { value: unknown }): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Holds back checks that only make sense of a value that is right in itself. */
export function isFine({ issues }: { issues: readonly unknown[] }): boolean {
  return issues.length === 0;
}
