// What a file says of its classes, or the lines of a file of names -> labels in the order of the outputs.

/** The 80 classes of COCO detection, in the order of its numbers, which most published weights have. */
export const COCO_LABELS: readonly string[] =
  'person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,fire hydrant,stop sign,parking meter,bench,bird,cat,dog,horse,sheep,cow,elephant,bear,zebra,giraffe,backpack,umbrella,handbag,tie,suitcase,frisbee,skis,snowboard,sports ball,kite,baseball bat,baseball glove,skateboard,surfboard,tennis racket,bottle,wine glass,cup,fork,knife,spoon,bowl,banana,apple,sandwich,orange,broccoli,carrot,hot dog,pizza,donut,cake,chair,couch,potted plant,bed,dining table,toilet,tv,laptop,mouse,remote,keyboard,cell phone,microwave,oven,toaster,sink,refrigerator,book,clock,vase,scissors,teddy bear,hair drier,toothbrush'.split(
    ',',
  );

/** Its own numbers go up to 90 and leave some out; weights that were trained by them have outputs for those as well. */
const LEFT_OUT: ReadonlySet<number> = new Set([0, 12, 26, 29, 30, 45, 66, 68, 69, 71, 83]);

/**
 * @param classes of a network whose outputs are the numbers: 90 from 1 on, 91 from 0 on
 * @returns the labels as they are for any other network, or where they are not those of COCO
 */
export function byNumbers(labels: readonly string[], classes: number): readonly string[] {
  if ((classes !== 90 && classes !== 91) || labels.join() !== COCO_LABELS.join()) return labels;
  const rest = labels.values();
  return Array.from({ length: classes }, (_, at) => at + 91 - classes).map((number) =>
    LEFT_OUT.has(number) ? `unused ${number}` : rest.next().value!,
  );
}

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
    labels.push(unescaped(single ?? double ?? '').replace(/\p{Cc}+/gu, ' '));
    next++;
  }
  return labels.length > 0 ? labels : undefined;
}

/** Of Python and JSON, which writes all but ASCII so; white space becomes a space. */
const ESCAPED =
  /\\(?:u([\da-fA-F]{4})|U(00(?:0[\da-fA-F]|10)[\da-fA-F]{4})|x([\da-fA-F]{2})|([bfnrtv])|(.))/g;

function unescaped(text: string): string {
  return text.replace(ESCAPED, (_, unit, point, byte, white, other) => {
    const code = unit ?? point ?? byte;
    if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
    return white === undefined ? other : ' ';
  });
}
