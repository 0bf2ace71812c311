// Labels -> groups of labels that a detector takes for one another.

/**
 * Only a detection of the same group can be of the same object. A label by itself is a group: a person never
 * takes over the track of the bicycle beneath. Labels of COCO that one object gets by turns share one, so that
 * a van that is car, truck and car again keeps its id and gets the label that most of its score is for.
 */
export const LABEL_GROUPS: readonly (readonly string[])[] = [
  ['car', 'bus', 'truck', 'train', 'van'],
  ['bicycle', 'motorcycle', 'motorbike'],
  ['cat', 'dog', 'horse', 'sheep', 'cow', 'bear', 'elephant', 'zebra', 'giraffe'],
  ['backpack', 'handbag', 'suitcase'],
];

/** @returns the same with groups that share a label as one */
export function joined(groups: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return groups.reduce<readonly (readonly string[])[]>((all, group) => {
    const shares = (other: readonly string[]) => other.some((label) => group.includes(label));
    const alike = [...all.filter(shares), group];
    return [...all.filter((other) => !shares(other)), [...new Set(alike.flat())]];
  }, []);
}

/** @returns a function that gives labels of a group one name, which is the label itself for all others */
export function grouping(groups: readonly (readonly string[])[]): (label: string) => string {
  const names = new Map(groups.flatMap((group) => group.map((label) => [label, group.join()] as const)));
  return (label) => names.get(label) ?? label;
}
