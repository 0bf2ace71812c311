// Boxes of several labels, best first -> those of one object under its likeliest label alone.

import type { Detection } from '../detection.js';
import { iou } from './boxes.js';

/**
 * Boxes that overlap more are of one object. Non-maximum suppression keeps one box for each class, so a van can be a car
 * and a truck at once. Any bound from 0.45 to 0.7 gave the same counts and nearly the same precision on the pictures that
 * models/training describes; two vehicles side by side overlap less.
 */
const SAME_OBJECT_IOU = 0.6;

/** Labels that one object cannot bear together: what detectors of street scenes confuse. */
export const VEHICLES = ['car', 'van', 'bus', 'truck'];

/**
 * For reports, not for average precision, which ranks the labels of an object by their scores and wants all of them.
 *
 * @param found best score first
 * @param groups labels of which one object bears one; labels that the model lacks do no harm
 */
export function oneLabelEach(
  found: readonly Detection[],
  groups: readonly (readonly string[])[],
): readonly Detection[] {
  return groups.reduce<readonly Detection[]>((left, group) => {
    const kept: Detection[] = [];
    return left.filter((one) => {
      if (!group.includes(one.label)) return true;
      const isSecond = kept.some(
        ({ label, box }) => label !== one.label && iou(box, one.box) > SAME_OBJECT_IOU,
      );
      if (!isSecond) kept.push(one);
      return !isSecond;
    });
  }, found);
}
