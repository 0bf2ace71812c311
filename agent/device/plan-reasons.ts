// Rows of a plan + requirements -> sentences: why this network, or which limit binds and what would fit. Pure.

import { best, keepsUp, type PlanRow, type Requirements, rate } from './plan-row.js';

/** @param good all with AP50 enough, whether they keep up or not */
export function whyChosen(
  chosen: PlanRow,
  fitting: readonly PlanRow[],
  good: readonly PlanRow[],
  requirements: Requirements,
  budgetMB: number,
): string[] {
  const reasons = [
    `${title(chosen)}: the best ${chosen.ap50Source} AP50, ${chosen.ap50!.toFixed(1)}, of the ${fitting.length} that keep up with ${requirementsText(requirements)}.`,
  ];
  const better = good.filter(({ ap50 }) => ap50! > chosen.ap50!).toSorted((a, b) => a.ap50! - b.ap50!)[0];
  if (better !== undefined) reasons.push(`The next better, ${shortfall(better, requirements, budgetMB)}.`);
  return reasons;
}

/** @param candidates all that there are, whatever their AP50 */
export function whyNone(
  candidates: readonly PlanRow[],
  good: readonly PlanRow[],
  requirements: Requirements,
  budgetMB: number,
): string[] {
  const reasons: string[] = [];
  const fastest = good.toSorted((a, b) => b.fps - a.fps)[0];
  if (fastest === undefined) {
    const top = best(candidates);
    return [
      top === undefined
        ? 'No network to choose among has a published AP50.'
        : `No network has a published AP50 of ${requirements.minAp50}; the best is ${title(top)} with ${top.ap50!.toFixed(1)}.`,
    ];
  }
  reasons.push(
    `No network keeps up with ${requirementsText(requirements)}; the nearest, ${shortfall(fastest, requirements, budgetMB)}.`,
  );
  const inMemory = good.filter(({ memoryMB }) => memoryMB <= budgetMB).toSorted((a, b) => b.fps - a.fps)[0];
  if (inMemory !== undefined)
    reasons.push(
      `What would fit: ${title(inMemory)}, AP50 ${inMemory.ap50!.toFixed(1)}, at ${floor(inMemory.fps / requirements.cameras)} frames/s of ${cameras(requirements)}.`,
    );
  const lighter = best(candidates.filter((row) => keepsUp(row, requirements) && row.memoryMB <= budgetMB));
  reasons.push(
    lighter === undefined
      ? `At ${rateText(requirements)} nothing fits, whatever its AP50.`
      : `At ${rateText(requirements)} the best is ${title(lighter)} with AP50 ${lighter.ap50!.toFixed(1)}.`,
  );
  return reasons;
}

/** Which limit binds. */
function shortfall(row: PlanRow, requirements: Requirements, budgetMB: number): string {
  const name = `${title(row)} (AP50 ${row.ap50!.toFixed(1)}),`;
  if (row.memoryMB > budgetMB)
    return `${name} needs ${Math.ceil(row.memoryMB)} MB of ${Math.max(0, Math.floor(budgetMB))} MB that system and cameras leave: memory binds`;
  const reached = `${name} reaches ${row.fps.toFixed(1)} of ${rate(requirements)} frames/s`;
  if (row.bound === 'bandwidth')
    return `${reached}: bandwidth binds, memory alone takes it to ${row.fpsOfBandwidth.toFixed(1)}`;
  return `${reached}: compute binds, bandwidth would allow ${Math.floor(row.fpsOfBandwidth)}`;
}

function title({ model, size, precision }: PlanRow): string {
  return `${model} at ${size} in ${precision}`;
}

function requirementsText(requirements: Requirements): string {
  return `${rateText(requirements)}${requirements.minAp50 === undefined ? '' : ` at AP50 ${requirements.minAp50} or more`}`;
}

function rateText(requirements: Requirements): string {
  return requirements.cameras === 1
    ? `${requirements.fps} frames/s`
    : `${requirements.fps} frames/s of each of ${requirements.cameras} cameras`;
}

function cameras(requirements: Requirements): string {
  return requirements.cameras === 1 ? 'the camera' : `each of ${requirements.cameras} cameras`;
}

function floor(fps: number): string {
  return (Math.floor(10 * fps) / 10).toFixed(1);
}
