// A machine + models that are there + requirements -> the one to run, and why. Pure.

import type { LayerWork, Precision } from '../../models/cost/work.js';
import type { MeasuredAp50 } from '../../models/folder/measured-ap50.js';
import { CATALOGUE } from '../../models/networks/catalogue.js';
import { chooseModel, type ModelRequirements } from './choose-model.js';
import { choose, rowOf } from './plan.js';
import { keepsUp, type PlanRow, type Requirements } from './plan-row.js';
import type { ChosenMachine } from './this-machine.js';

/** A model folder, as far as a choice needs it. */
export interface PresentModel {
  readonly name: string;
  readonly precision: Precision;
  /** Width of the input, pixels. */
  readonly size: number;
  /** Of its layers, in its precision. */
  readonly works: readonly LayerWork[];
  /** Of its weights, in its precision. */
  readonly measured?: MeasuredAp50;
}

export interface PresentChoice<Model> {
  readonly model: Model;
  /** Sentences. */
  readonly reasons: readonly string[];
  /** What falls short, and what would help; sentences. */
  readonly notices: readonly string[];
}

/** AP50 that int8 is allowed to lose: published figures are of floats. */
const LOST_IN_INT8 = 0.5;

/**
 * As `plan`, among what is there; where nothing keeps up, the fastest. What was measured of their weights decides
 * where it was measured of all of them and on the same pictures, else what was published of their networks; models of
 * networks that nobody published an AP50 for come last then.
 *
 * @param models at least one, all of precisions that the provider has
 * @throws CspcamError for a provider that the machine lacks
 */
export function choosePresent<Model extends PresentModel>(
  machine: ChosenMachine,
  models: readonly Model[],
  wanted: ModelRequirements & { readonly requirements: Requirements },
): PresentChoice<Model> {
  const { requirements } = wanted;
  const ideal = chooseModel(machine, wanted);
  const ap50Source = areMeasuredAlike(models) ? 'measured' : 'published';
  const rows = models.map((model) => {
    const { name, precision, size, works, measured } = model;
    const published = publishedAp50(name, size, precision);
    const ap50 = ap50Source === 'measured' ? measured!.all : published;
    const row = rowOf({ model: name, size, precision, ap50, ap50Source }, works, ideal.target, requirements);
    return { model, row, published };
  });
  const all = rows.map(({ row }) => row);
  const { chosen, reasons } = choose(all, machine.limits.memoryGB, requirements);
  const row = chosen ?? all.reduce((fastest, one) => (one.fps > fastest.fps ? one : fastest));
  const { model, published } = rows.find((one) => one.row === row)!;
  const better = ideal.chosen;
  const isMissing = !models.some(({ name }) => networkOf(name) === better?.model);
  const isBetter = better !== undefined && isMissing && better.ap50! > (published ?? 0);
  const notices = [
    ...(keepsUp(row, requirements)
      ? []
      : [
          `${title(row)} is the fastest that is here; it looks at ${row.fps.toFixed(1)} frames/s of all cameras.`,
        ]),
    ...(isBetter ? [missing(better)] : []),
  ];
  return { model, reasons: chosen === undefined ? [`${title(row)}.`, ...reasons] : reasons, notices };
}

function areMeasuredAlike(models: readonly PresentModel[]): boolean {
  const [first] = models;
  return (
    first?.measured !== undefined && models.every(({ measured }) => measured?.data === first.measured!.data)
  );
}

function missing(better: PlanRow): string {
  return (
    `${title(better)} would keep up and has a published AP50 of ${better.ap50!.toFixed(1)}, but no weights of it are here: ` +
    'train it (models/training), import it (cspcam models import) and put it into the folder of models.'
  );
}

/** A size between two that figures were published for gets what lies between their figures. */
function publishedAp50(name: string, size: number, precision: Precision): number | null {
  const system = CATALOGUE.find((one) => one.name === networkOf(name));
  const known = (system?.published ?? [])
    .filter(({ ap50 }) => ap50 !== undefined)
    .toSorted((a, b) => a.size - b.size);
  if (known.length === 0) return null;
  const below = known.findLast((one) => one.size <= size) ?? known[0]!;
  const above = known.find((one) => one.size >= size) ?? known.at(-1)!;
  const part = above.size === below.size ? 0 : (size - below.size) / (above.size - below.size);
  const ap50 = below.ap50! + part * (above.ap50! - below.ap50!);
  return precision === 'int8' ? ap50 - LOST_IN_INT8 : ap50;
}

/** Of the catalogue. @param name of a model folder */
function networkOf(name: string): string {
  return name.replace(/-int8$/, '');
}

function title({ model, size, precision }: PlanRow): string {
  return `${model} at ${size} in ${precision}`;
}
