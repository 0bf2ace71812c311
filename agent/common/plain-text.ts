// Text of somebody else's -> the same without what would steer a terminal or turn its reading around. Pure.

import { stripVTControlCharacters } from 'node:util';

/** Control characters, and those that only format: marks of direction among them. */
const UNSEEN = /[\p{Cc}\p{Cf}]/gu;

/** Line feeds and tabs stay. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text).replace(UNSEEN, (character) =>
    /[\n\t]/.test(character) ? character : ' ',
  );
}
