// What a file says of its classes, or the lines of a file of names -> labels in the order of the outputs.

/** The 80 classes of COCO detection, in the order of its numbers, which most published weights have. */
export const COCO_LABELS: readonly string[] =
  'person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,fire hydrant,stop sign,parking meter,bench,bird,cat,dog,horse,sheep,cow,elephant,bear,zebra,giraffe,backpack,umbrella,handbag,tie,suitcase,frisbee,skis,snowboard,sports ball,kite,baseball bat,baseball glove,skateboard,surfboard,tennis racket,bottle,wine glass,cup,fork,knife,spoon,bowl,banana,apple,sandwich,orange,broccoli,carrot,hot dog,pizza,donut,cake,chair,couch,potted plant,bed,dining table,toilet,tv,laptop,mouse,remote,keyboard,cell phone,microwave,oven,toaster,sink,refrigerator,book,clock,vase,scissors,teddy bear,hair drier,toothbrush'.split(
    ',',
  );

export function labelsOfLines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** `{0: 'person', 1: "child's bike"}` or `['person', ...]`, as Python writes them, or JSON. */
const ENTRY = /(?:["']?(\d+)["']?\s*:\s*)?(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)")\s*(?=[,}\]])/g;

/** @returns nothing where `names` is absent or no list */
export function labelsOfMetadata(metadata: ReadonlyMap<string, string>): string[] | undefined {
  const text = metadata.get('names');
  if (text === undefined) return undefined;
  const labels: string[] = [];
  let next = 0;
  for (const [, number, single, double] of text.matchAll(ENTRY)) {
    const at = number === undefined ? next : Number(number);
    // Numbers that leave some out, or come twice, are no list of all classes.
    if (at !== next) return undefined;
    labels.push((single ?? double ?? '').replace(/\\(.)/g, '$1').replace(/\p{Cc}+/gu, ' '));
    next++;
  }
  return labels.length > 0 ? labels : undefined;
}
